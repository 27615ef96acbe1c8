#include "redis/server_facts.h"

#include <gtest/gtest.h>

namespace syncline::redis {
namespace {

TEST(ServerFacts, ComeFromInfo) {
  const ServerFacts facts = parse_info(
      "# Server\r\nredis_version:7.0.15\r\n# Memory\r\nused_memory:1\r\nmaxmemory:1048576\r\n"
      "maxmemory_human:1.00M\r\nmaxmemory_policy:allkeys-lru\r\n# "
      "Cluster\r\ncluster_enabled:0\r\n");
  EXPECT_FALSE(facts.is_cluster);
  EXPECT_EQ(facts.version_major, 7);
  EXPECT_EQ(facts.maxmemory, 1048576U);
  EXPECT_EQ(facts.maxmemory_policy, "allkeys-lru");
  EXPECT_TRUE(facts.evicts());
}

TEST(ServerFacts, EvictionOfTombstonesFirstIsRefused) {
  EXPECT_FALSE(check_eviction({.maxmemory = 1, .maxmemory_policy = "volatile-lru"}, "x").ok());
  EXPECT_TRUE(check_eviction({.maxmemory = 0, .maxmemory_policy = "volatile-lru"}, "x").ok());
  EXPECT_TRUE(check_eviction({.maxmemory = 1, .maxmemory_policy = "allkeys-lru"}, "x").ok());
}

}  // namespace
}  // namespace syncline::redis
