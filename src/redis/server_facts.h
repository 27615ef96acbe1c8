#pragma once

#include <string>

#include "base/result.h"
#include "redis/connection.h"

namespace syncline::redis {

/// What a server says of itself that decides whether records are safe with it.
struct ServerFacts {
  bool is_cluster = false;
  int version_major = 0;
  std::string version;
  uint64_t maxmemory = 0;        ///< bytes; 0: unlimited
  std::string maxmemory_policy;  ///< "noeviction", "allkeys-lru", "volatile-ttl" ...
  bool has_aof = false;          ///< each write goes to a file

  /// True when it throws keys away to make room for others.
  bool evicts() const { return maxmemory > 0 && maxmemory_policy != "noeviction"; }
};

/// Parses the answer to INFO.
ServerFacts parse_info(std::string_view info);

/// Asks the server. kUnsupported: Redis Cluster, or older than 5.
Result<ServerFacts> ask_facts(Connection& connection);

/// kInvalid when the eviction policy would throw away tombstones before records: what was deleted
/// could come back.
Result<void> check_eviction(const ServerFacts& facts, std::string_view where);

}  // namespace syncline::redis
