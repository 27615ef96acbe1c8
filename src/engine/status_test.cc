#include "engine/status.h"

#include <gtest/gtest.h>

namespace syncline::engine {
namespace {

TEST(Status, ReadsBackWhatItWrote) {
  Status status;
  status.phase = "running";
  status.host = "here \"quoted\"";
  status.pid = 4711;
  status.published_us = 1764000000000000;
  status.lag_seconds = 0.25;
  status.documents_per_second = 1234.5;
  status.documents = 99;
  status.watermark = 1763999999999999;
  status.wide_rows = 2;
  status.held_up_by = "MySQL at db:3306 is away (2006)";
  status.targets = {{"mongodb", true, "", 0, "2026-01-30 11:00:00"},
                    {"redis", false, "refused", 12.5}};
  status.load = {.document = "orders", .documents = 7, .is_cleaning = true};
  status.documents_by_target = {
      {"orders", "redis", "loaded", 10, 3, "2 unverified", "2026-01-31 12:00:00"}};
  const auto read = status_from_json(to_json(status));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(to_json(*read), to_json(status));
  EXPECT_EQ(read->pid, 4711);
  EXPECT_EQ(read->watermark, 1763999999999999u);
  EXPECT_EQ(read->targets.at(0).lost_at, "2026-01-30 11:00:00");
  EXPECT_FALSE(read->targets.at(1).is_up);
  EXPECT_EQ(read->targets.at(1).away_seconds, 12.5);
  EXPECT_EQ(read->load.documents, 7u);
  EXPECT_EQ(read->documents_by_target.at(0).verified_at, "2026-01-31 12:00:00");
}

TEST(Status, IsReadThoughMembersAreUnknownOrAbsent) {
  const auto read = status_from_json(R"({"phase":"running","new":{"a":[1]}})");
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->phase, "running");
  EXPECT_EQ(read->watermark, 0u);
}

TEST(Status, IsCorruptWhenItIsNoJsonObject) {
  for (const char* text : {"", "[1]", "{\"phase\":"}) {
    EXPECT_EQ(status_from_json(text).error().kind(), ErrorKind::kCorrupt) << text;
  }
}

}  // namespace
}  // namespace syncline::engine
