#include "config/uri.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace syncline::config {
namespace {

Endpoint parsed(std::string_view uri, std::string_view scheme) {
  const auto endpoint = parse_uri(uri, scheme);
  EXPECT_TRUE(endpoint.ok()) << endpoint.error().text();
  return endpoint.ok() ? *endpoint : Endpoint{};
}

TEST(Uri, IsTakenApart) {
  const Endpoint mysql = parsed("mysql://sync%40line:p%3Aw@db.example:3307/shop", "mysql");
  EXPECT_EQ(mysql.user, "sync@line");
  EXPECT_EQ(mysql.password.reveal(), "p:w");
  EXPECT_EQ(mysql.host, "db.example");
  EXPECT_EQ(mysql.port, 3307);
  EXPECT_EQ(mysql.database, "shop");
  EXPECT_EQ(mysql.socket, "");
}

TEST(Uri, HasDefaults) {
  EXPECT_EQ(parsed("mysql://h/shop", "mysql").port, 3306);
  EXPECT_EQ(parsed("mongodb://h/shop", "mongodb").port, 27017);
  const Endpoint redis = parsed("redis://h", "redis");
  EXPECT_EQ(redis.port, 6379);
  EXPECT_EQ(redis.database, "0");
}

TEST(Uri, MayNameASocketInstead) {
  const Endpoint mysql = parsed("mysql://root@/shop?a=1&socket=%2Ftmp%2Fmy.sock&b=2", "mysql");
  EXPECT_EQ(mysql.host, "");
  EXPECT_EQ(mysql.socket, "/tmp/my.sock");
  EXPECT_EQ(mysql.query, "a=1&b=2");
  EXPECT_EQ(mysql.display(), "mysql://root@/shop?socket=/tmp/my.sock");
}

TEST(Uri, MayHoldAnIpv6Host) {
  const Endpoint redis = parsed("redis://[::1]:6380/2", "redis");
  EXPECT_EQ(redis.host, "::1");
  EXPECT_EQ(redis.port, 6380);
  EXPECT_EQ(redis.display(), "redis://[::1]:6380/2");
}

TEST(Uri, IsShownWithoutItsPassword) {
  const Endpoint endpoint = parsed("mongodb://app:secret@h:1/shop?replicaSet=r", "mongodb");
  EXPECT_EQ(endpoint.display(), "mongodb://app@h:1/shop");
  EXPECT_EQ(parsed("redis://:secret@h", "redis").display(), "redis://h:6379/0");
}

TEST(Uri, TakesVariablesAsTheyAre) {
  setenv("SYNCLINE_TEST_PASSWORD", "a@b:c/d%2", 1);
  setenv("SYNCLINE_TEST_URI", "redis://h:7/3", 1);
  const Endpoint mysql = parsed("mysql://u:x%21${SYNCLINE_TEST_PASSWORD}@h/shop", "mysql");
  EXPECT_EQ(mysql.password.reveal(), "x!a@b:c/d%2");
  EXPECT_EQ(mysql.host, "h");
  EXPECT_EQ(parsed("${SYNCLINE_TEST_URI}", "redis").port, 7);
}

TEST(Uri, GoesToTheDriverWithThePasswordFilledIn) {
  const std::string_view uri = "mongodb://app@a:1,b:2/shop?replicaSet=r";
  Endpoint endpoint = parsed(uri, "mongodb");
  EXPECT_EQ(endpoint.host, "a:1,b:2");
  EXPECT_EQ(endpoint.display(), "mongodb://app@a:1,b:2/shop");
  EXPECT_EQ(*driver_uri(uri, endpoint), uri);
  endpoint.password = Secret("p@w/");
  EXPECT_EQ(*driver_uri(uri, endpoint), "mongodb://app:p%40w%2F@a:1,b:2/shop?replicaSet=r");
}

TEST(Uri, RefusalsNeverShowIt) {
  unsetenv("SYNCLINE_TEST_UNSET");
  const std::vector<std::tuple<std::string, std::string, std::string>> cases = {
      {"localhost", "mysql", "the URI has no scheme; write mysql://user@host:port/database"},
      {"postgres://u:secret@h/d", "mysql",
       "the URI's scheme is not mysql; write mysql://user@host:port/database"},
      {"rediss://:secret@h/0", "redis",
       "TLS to Redis (rediss://) is not there yet; write redis://user@host:port/database"},
      {"mysql://u:secret@h:x/d", "mysql", "the URI's port is no number from 1 to 65535"},
      {"mysql://u:secret@h:70000/d", "mysql", "the URI's port is no number from 1 to 65535"},
      {"mysql://u:secret@h", "mysql",
       "the URI names no database; write mysql://host:port/DATABASE"},
      {"mysql:///d", "mysql", "the URI names neither a host nor ?socket=/path"},
      {"mysql://h/d?socket=/s", "mysql",
       "the URI names a host and a socket; leave the host empty, or remove ?socket="},
      {"mysql://a,b/d", "mysql", "the URI names several hosts; name one"},
      {"mysql://[::1/d", "mysql", "the URI's host has no closing ]"},
      {"redis://h/shop", "redis",
       "the URI's path is no database number; write redis://host:6379/0"},
      {"mysql://u:secret%zz@h/d", "mysql",
       "a % is not followed by two hexadecimal digits; write % itself as %25"},
      {"mysql://u:${SYNCLINE_TEST_UNSET}@h/d", "mysql",
       "the environment variable SYNCLINE_TEST_UNSET is not set; export SYNCLINE_TEST_UNSET=..."},
      {"mysql://u:${no way}@h/d", "mysql",
       "\"${\" begins no variable; write ${NAME}, or $${ for the characters ${"},
  };
  for (const auto& [uri, scheme, message] : cases) {
    const auto endpoint = parse_uri(uri, scheme);
    ASSERT_FALSE(endpoint.ok()) << uri;
    EXPECT_EQ(endpoint.error().text(), message);
  }
}

}  // namespace
}  // namespace syncline::config
