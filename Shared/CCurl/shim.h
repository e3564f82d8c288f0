#pragma once
#define CURL_DISABLE_DEPRECATION
#include <curl/curl.h>
#include <dlfcn.h>

// libcurl and what it drags in take 8 ms to load, four times as long as everything else bangban does at its start.
// So only its types are compiled in; its functions are looked up when the first request is made.
struct bangban_curl {
  CURLcode (*global_init)(long flags);
  CURL *(*easy_init)(void);
  void (*easy_reset)(CURL *);
  void (*easy_cleanup)(CURL *);
  CURLcode (*easy_perform)(CURL *);
  CURLcode (*easy_setopt)(CURL *, CURLoption, ...);
  CURLcode (*easy_getinfo)(CURL *, CURLINFO, ...);
  const char *(*easy_strerror)(CURLcode);
  struct curl_slist *(*slist_append)(struct curl_slist *, const char *);
  void (*slist_free_all)(struct curl_slist *);
};

// The library stays loaded until the process ends. Returns 1 if every function was found, else 0. The second name is
// the same library with the same interface over another TLS library; some distributions install only that one.
static inline int bangban_curl_load(struct bangban_curl *out) {
  void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
  if (!library) library = dlopen("libcurl-gnutls.so.4", RTLD_NOW | RTLD_LOCAL);
  if (!library) return 0;
  *(void **)&out->global_init = dlsym(library, "curl_global_init");
  *(void **)&out->easy_init = dlsym(library, "curl_easy_init");
  *(void **)&out->easy_reset = dlsym(library, "curl_easy_reset");
  *(void **)&out->easy_cleanup = dlsym(library, "curl_easy_cleanup");
  *(void **)&out->easy_perform = dlsym(library, "curl_easy_perform");
  *(void **)&out->easy_setopt = dlsym(library, "curl_easy_setopt");
  *(void **)&out->easy_getinfo = dlsym(library, "curl_easy_getinfo");
  *(void **)&out->easy_strerror = dlsym(library, "curl_easy_strerror");
  *(void **)&out->slist_append = dlsym(library, "curl_slist_append");
  *(void **)&out->slist_free_all = dlsym(library, "curl_slist_free_all");
  return out->global_init && out->easy_init && out->easy_reset && out->easy_cleanup && out->easy_perform &&
         out->easy_setopt && out->easy_getinfo && out->easy_strerror && out->slist_append && out->slist_free_all;
}

// curl_easy_setopt and curl_easy_getinfo are variadic, which Swift cannot call.
static inline CURLcode bangban_curl_set_long(const struct bangban_curl *curl, CURL *handle, CURLoption option,
                                             long value) {
  return curl->easy_setopt(handle, option, value);
}
static inline CURLcode bangban_curl_set_offset(const struct bangban_curl *curl, CURL *handle, CURLoption option,
                                               curl_off_t value) {
  return curl->easy_setopt(handle, option, value);
}
static inline CURLcode bangban_curl_set_text(const struct bangban_curl *curl, CURL *handle, CURLoption option,
                                             const char *value) {
  return curl->easy_setopt(handle, option, value);
}
static inline CURLcode bangban_curl_set_headers(const struct bangban_curl *curl, CURL *handle,
                                                struct curl_slist *headers) {
  return curl->easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
}
static inline CURLcode bangban_curl_set_places(const struct bangban_curl *curl, CURL *handle, struct curl_slist *places) {
  return curl->easy_setopt(handle, CURLOPT_RESOLVE, places);
}
static inline void bangban_curl_set_callbacks(const struct bangban_curl *curl, CURL *handle, void *context,
                                              curl_write_callback body, curl_write_callback header,
                                              curl_read_callback read, curl_seek_callback seek) {
  curl->easy_setopt(handle, CURLOPT_WRITEFUNCTION, body);
  curl->easy_setopt(handle, CURLOPT_WRITEDATA, context);
  curl->easy_setopt(handle, CURLOPT_HEADERFUNCTION, header);
  curl->easy_setopt(handle, CURLOPT_HEADERDATA, context);
  curl->easy_setopt(handle, CURLOPT_READFUNCTION, read);
  curl->easy_setopt(handle, CURLOPT_READDATA, context);
  curl->easy_setopt(handle, CURLOPT_SEEKFUNCTION, seek);
  curl->easy_setopt(handle, CURLOPT_SEEKDATA, context);
}
// CURLOPT_PROTOCOLS_STR, its successor, is unknown to the libcurl 7.6x and 7.7x of older systems.
static inline CURLcode bangban_curl_only_http(const struct bangban_curl *curl, CURL *handle) {
  return curl->easy_setopt(handle, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
}
static inline long bangban_curl_get_long(const struct bangban_curl *curl, CURL *handle, CURLINFO info) {
  long value = 0;
  return curl->easy_getinfo(handle, info, &value) == CURLE_OK ? value : 0;
}
static inline curl_off_t bangban_curl_get_offset(const struct bangban_curl *curl, CURL *handle, CURLINFO info) {
  curl_off_t value = 0;
  return curl->easy_getinfo(handle, info, &value) == CURLE_OK ? value : 0;
}

// Macros with casts, which Swift cannot import.
static const long bangban_curl_global_all = CURL_GLOBAL_ALL;
static const size_t bangban_curl_read_abort = CURL_READFUNC_ABORT;
