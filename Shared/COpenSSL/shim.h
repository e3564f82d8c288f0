#pragma once
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/param_build.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

// Which parts of a key are given: macros that compute, which Swift cannot import.
enum {
  bangban_public_key = EVP_PKEY_PUBLIC_KEY,
  bangban_key_pair = EVP_PKEY_KEYPAIR,
};

// What an SM2 key is made from. Here because parameters keep the addresses of their names, which Swift's temporary C
// strings do not outlive. private_key may be NULL; NULL is returned if memory is exhausted.
static inline OSSL_PARAM *bangban_sm2_parameters(const unsigned char *public_key, size_t public_bytes,
                                                 const BIGNUM *private_key) {
  OSSL_PARAM *parameters = NULL;
  OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
  if (builder != NULL && OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "SM2", 0) == 1 &&
      OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, public_key, public_bytes) == 1 &&
      (private_key == NULL || OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_PRIV_KEY, private_key) == 1))
    parameters = OSSL_PARAM_BLD_to_param(builder);
  OSSL_PARAM_BLD_free(builder);
  return parameters;
}
