#pragma once
#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

// Ends a connection in the middle of an answer: a macro with a cast, which Swift does not see.
static const ssize_t bangban_mhd_content_failed = MHD_CONTENT_READER_END_WITH_ERROR;

// Everything a server is started with.
struct bangban_mhd_settings {
  int listen_socket;
  unsigned int connections_max;
  unsigned int connections_per_address_max;
  unsigned int idle_seconds_max;
  size_t memory_bytes;
  size_t stack_bytes;
  // PEM text, or both null for plain HTTP.
  const char *certificate;
  const char *key;
  void *context;
  MHD_AccessHandlerCallback access;
  MHD_RequestCompletedCallback completed;
  MHD_NotifyConnectionCallback connection;
  void *(*target)(void *context, const char *uri, struct MHD_Connection *connection);
};

// Escapes are kept as they came: Target.swift decodes them strictly, where the library would pass bad ones through.
static inline size_t bangban_mhd_keep_escapes(void *context, struct MHD_Connection *connection, char *text) {
  (void)context;
  (void)connection;
  return strlen(text);
}

// MHD_start_daemon is variadic, which Swift cannot call. MHD_USE_ERROR_LOG is left out on purpose: the library would
// print parts of requests on standard error.
static inline struct MHD_Daemon *bangban_mhd_start(const struct bangban_mhd_settings *s) {
  unsigned int flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL | MHD_USE_ITC;
  struct MHD_OptionItem tls[] = {
      {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)s->certificate},
      {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)s->key},
      {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"},
      {MHD_OPTION_END, 0, NULL}};
  struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
  if (s->certificate) flags |= MHD_USE_TLS;
  return MHD_start_daemon(
      flags, 0, NULL, NULL, s->access, s->context,
      MHD_OPTION_ARRAY, s->certificate ? tls : none,
      MHD_OPTION_LISTEN_SOCKET, s->listen_socket,
      MHD_OPTION_CONNECTION_LIMIT, s->connections_max,
      MHD_OPTION_PER_IP_CONNECTION_LIMIT, s->connections_per_address_max,
      MHD_OPTION_CONNECTION_TIMEOUT, s->idle_seconds_max,
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, s->memory_bytes,
      MHD_OPTION_THREAD_STACK_SIZE, s->stack_bytes,
      MHD_OPTION_STRICT_FOR_CLIENT, 1,
      MHD_OPTION_NOTIFY_COMPLETED, s->completed, s->context,
      MHD_OPTION_NOTIFY_CONNECTION, s->connection, s->context,
      MHD_OPTION_URI_LOG_CALLBACK, s->target, s->context,
      MHD_OPTION_UNESCAPE_CALLBACK, bangban_mhd_keep_escapes, NULL,
      MHD_OPTION_END);
}

// MHD_get_connection_info is variadic too. -1 where there is no socket.
static inline int bangban_mhd_socket(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  return info ? info->connect_fd : -1;
}

// The peer's address as text without its port; 0 if it has none.
static inline int bangban_mhd_peer(struct MHD_Connection *connection, char *text, socklen_t size) {
  const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  if (!info || !info->client_addr) return 0;
  const struct sockaddr *address = info->client_addr;
  if (address->sa_family == AF_INET)
    return inet_ntop(AF_INET, &((const struct sockaddr_in *)address)->sin_addr, text, size) != NULL;
  if (address->sa_family == AF_INET6)
    return inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)address)->sin6_addr, text, size) != NULL;
  return 0;
}
