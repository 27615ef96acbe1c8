#include "redis/errors.h"

#include <string>

#include "base/log.h"

namespace syncline::redis {

namespace {

struct KnownAnswer {
  std::string_view mark;  ///< occurs in the answer; a script wraps the code in a sentence
  ErrorKind kind;
  std::string_view hint;
};

constexpr KnownAnswer kKnownAnswers[] = {
    {"OOM command not allowed", ErrorKind::kTransient,
     "Redis is at its maxmemory: raise maxmemory or make room; Syncline goes on by itself"},
    {"LOADING", ErrorKind::kTransient, "Redis is reading its data set after a start"},
    {"BUSY ", ErrorKind::kTransient, "a script of somebody else is running: SCRIPT KILL ends it"},
    {"READONLY", ErrorKind::kTransient, "this is a replica: let the uri name the primary"},
    {"MASTERDOWN", ErrorKind::kTransient, "this is a replica: let the uri name the primary"},
    {"MISCONF", ErrorKind::kTransient,
     "Redis cannot save to its disk and refuses writes: see the Redis log"},
    {"NOREPLICAS", ErrorKind::kTransient, "too few replicas are connected (min-replicas-to-write)"},
    {"max number of clients", ErrorKind::kTransient, "raise maxclients of Redis"},
    {"WRONGPASS", ErrorKind::kInvalid, "check the user and password_file of targets.redis"},
    {"invalid password", ErrorKind::kInvalid, "check password_file of targets.redis"},
    {"NOAUTH", ErrorKind::kInvalid, "give targets.redis a password_file"},
    {"Authentication required", ErrorKind::kInvalid, "give targets.redis a password_file"},
    {"without any password configured", ErrorKind::kInvalid,
     "Redis has no password: remove password_file from targets.redis"},
    {"no password is set", ErrorKind::kInvalid,
     "Redis has no password: remove password_file from targets.redis"},
    {"NOPERM", ErrorKind::kInvalid, "give the Redis user the right with ACL SETUSER"},
    {"no permissions", ErrorKind::kInvalid, "give the Redis user the right with ACL SETUSER"},
    {"DB index is out of range", ErrorKind::kInvalid, "correct the database number in the uri"},
    {"invalid DB index", ErrorKind::kInvalid, "correct the database number in the uri"},
    {"MOVED ", ErrorKind::kUnsupported, "name a server that is not part of a Redis Cluster"},
    {"CROSSSLOT", ErrorKind::kUnsupported, "name a server that is not part of a Redis Cluster"},
    {"CLUSTERDOWN", ErrorKind::kUnsupported, "name a server that is not part of a Redis Cluster"},
    {"unknown command", ErrorKind::kUnsupported,
     "Syncline needs Redis 5 or newer with no command renamed"},
};

}  // namespace

Error error_of(std::string_view answer, std::string_view where) {
  const std::string message = fmt::format("Redis at {} refuses: {}", where, answer);
  for (const KnownAnswer& known : kKnownAnswers) {
    if (answer.find(known.mark) == std::string_view::npos) continue;
    return {known.kind, message, std::string(known.hint)};
  }
  return internal(message);
}

Error error_of_connect(std::string_view reason, std::string_view where) {
  const std::string message = fmt::format("cannot connect to Redis at {}: {}", where, reason);
  if (reason.find("not known") != std::string_view::npos) {
    return invalid(message, "correct the host name in the uri of targets.redis");
  }
  return transient(message, "is redis-server running there?");
}

Error error_of_connection(std::string_view reason, std::string_view where) {
  return transient(fmt::format("lost Redis at {}: {}", where, reason));
}

bool is_script_missing(std::string_view answer) { return answer.starts_with("NOSCRIPT"); }

bool is_wrong_type(std::string_view answer) { return answer.starts_with("WRONGTYPE"); }

}  // namespace syncline::redis
