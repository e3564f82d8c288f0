#pragma once
#include <gcrypt.h>

// Makes the library ready, and says whether it is new enough; its way of being told is variadic, which Swift does not
// import. Keys lie in this process's memory anyway, so that the library need not lock pages for them.
static inline int bangban_gcrypt_begin(const char *version) {
  if (gcry_check_version(version) == NULL) return 0;
  return gcry_control(GCRYCTL_DISABLE_SECMEM, 0) == 0 && gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0) == 0;
}

// Macros that compute.
static inline int bangban_has_digest(int algorithm) { return gcry_md_test_algo(algorithm) == 0; }
static inline int bangban_has_cipher(int algorithm) { return gcry_cipher_test_algo(algorithm) == 0; }
