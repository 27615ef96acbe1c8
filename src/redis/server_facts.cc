#include "redis/server_facts.h"

#include <charconv>

#include "base/log.h"

namespace syncline::redis {

namespace {

/// Redis 5 is the first whose scripts may ask for the time and then write.
constexpr int kVersionMin = 5;

/// The value of a line "name:value"; empty when there is none.
std::string_view line_of(std::string_view info, std::string_view name) {
  const std::string start = "\n" + std::string(name) + ":";
  const size_t found = info.find(start);
  if (found == std::string_view::npos) return {};
  const std::string_view rest = info.substr(found + start.size());
  return rest.substr(0, rest.find_first_of("\r\n"));
}

template <typename Number>
Number number_of(std::string_view text) {
  Number number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

ServerFacts parse_info(std::string_view info) {
  const std::string_view version = line_of(info, "redis_version");
  return {.is_cluster = line_of(info, "cluster_enabled") == "1",
          .version_major = number_of<int>(version),
          .version = std::string(version),
          .maxmemory = number_of<uint64_t>(line_of(info, "maxmemory")),
          .maxmemory_policy = std::string(line_of(info, "maxmemory_policy")),
          .has_aof = line_of(info, "aof_enabled") == "1"};
}

Result<ServerFacts> ask_facts(Connection& connection) {
  const Reply reply = TRY(connection.call({"INFO"}));
  ServerFacts facts = parse_info(text_of(*reply));
  if (facts.is_cluster) {
    return unsupported(fmt::format("Redis at {} is part of a Redis Cluster, which is not supported",
                                   connection.where()),
                       "name a single server or the primary of a replica set");
  }
  if (facts.version_major < kVersionMin) {
    return unsupported(
        fmt::format("Redis at {} is version '{}'", connection.where(), facts.version),
        "Syncline needs Redis 5 or newer");
  }
  return facts;
}

Result<void> check_eviction(const ServerFacts& facts, std::string_view where) {
  if (!facts.evicts() || !facts.maxmemory_policy.starts_with("volatile-")) return {};
  return invalid(
      fmt::format("Redis at {} evicts by {}: it would throw away the marks of deleted documents, "
                  "which alone have a TTL, and deleted documents could come back",
                  where, facts.maxmemory_policy),
      "set maxmemory-policy to noeviction, or to allkeys-lru for a cache");
}

}  // namespace syncline::redis
