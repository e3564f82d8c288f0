#pragma once
#include <errno.h>
#include <linux/keyctl.h>
#include <linux/magic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

// add_key(2) and keyctl(2) have no wrapper in the C library, and syscall is variadic, which Swift cannot call.
// Each returns -1 and sets errno on failure, as the system call does.

// A session that was not started through pam_keyinit does not possess the user's keyring and could not read back what
// it stores there; linking the one into the other cures that.
static inline void bangban_keyring_reach(void) {
  syscall(SYS_keyctl, KEYCTL_LINK, (long)KEY_SPEC_USER_KEYRING, (long)KEY_SPEC_SESSION_KEYRING, 0L, 0L);
}
static inline int32_t bangban_key_add(const char *description, const void *bytes, size_t count) {
  return (int32_t)syscall(SYS_add_key, "user", description, bytes, count, (long)KEY_SPEC_USER_KEYRING);
}
static inline int32_t bangban_key_search(const char *description) {
  return (int32_t)syscall(SYS_keyctl, KEYCTL_SEARCH, (long)KEY_SPEC_USER_KEYRING, "user", description, 0L);
}
// The length of the key's bytes, which may be more than fit into the buffer.
static inline long bangban_key_read(int32_t key, void *buffer, size_t size) {
  return syscall(SYS_keyctl, KEYCTL_READ, (long)key, buffer, size, 0L);
}
static inline long bangban_key_expire(int32_t key, unsigned int seconds) {
  return syscall(SYS_keyctl, KEYCTL_SET_TIMEOUT, (long)key, (unsigned long)seconds, 0L, 0L);
}
static inline long bangban_key_unlink(int32_t key) {
  return syscall(SYS_keyctl, KEYCTL_UNLINK, (long)key, (long)KEY_SPEC_USER_KEYRING, 0L, 0L);
}

// Whether an open folder is on a file system that lives in memory. Swift sees neither statfs nor its constants.
static inline int bangban_is_in_memory(int folder) {
  struct statfs facts;
  if (fstatfs(folder, &facts) != 0) return 0;
  return facts.f_type == TMPFS_MAGIC || (unsigned long)facts.f_type == (unsigned long)RAMFS_MAGIC;
}
