#include "verify/report.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace syncline::verify {
namespace {

Report sample() {
  Report report;
  const document::DocumentName orders("orders");
  const document::TargetName mongodb("mongodb"), redis("redis");
  Tally& good = report.tallies[{orders, mongodb}];
  good.rows = good.records = good.counts[Verdict::kGood] = 1234567;
  Tally& bad = report.tallies[{orders, redis}];
  bad = {.rows = 3,
         .records = 2,
         .counts = {{Verdict::kGood, 1}, {Verdict::kMissing, 1}, {Verdict::kNotLoaded, 1}},
         .foreign = 1,
         .foreign_names = {"orders:\xFF"}};
  report.findings = {{.document = orders,
                      .target = redis,
                      .key = document::DocumentKey("7"),
                      .verdict = Verdict::kNotLoaded},
                     {.document = orders,
                      .target = redis,
                      .key = document::DocumentKey("4\\|2"),
                      .verdict = Verdict::kMissing,
                      .view = document::Revision(1764000000000000),
                      .is_repaired = true}};
  report.repaired = 1;
  return report;
}

TEST(Report, AsJsonHasEveryCountAndEveryKey) {
  const auto json = parse_json(to_json(sample()));
  ASSERT_TRUE(json.ok()) << json.error().text();
  EXPECT_EQ(json->find("verdict")->text, "1 fault");
  EXPECT_EQ(json->find("unverified")->as_int64(), 1);
  const auto& redis = json->find("documents")->elements.at(1);
  EXPECT_EQ(redis.find("missing")->as_int64(), 1);
  EXPECT_EQ(redis.find("not_loaded")->as_int64(), 1);
  EXPECT_EQ(redis.find("stale")->as_int64(), 0);
  EXPECT_EQ(redis.find("foreign_names")->elements.at(0).text, "0x6F72646572733AFF");
  const auto& finding = json->find("findings")->elements.at(1);
  EXPECT_EQ(finding.find("key")->text, "4\\|2");
  EXPECT_EQ(finding.find("verdict")->text, "missing");
  EXPECT_EQ(finding.find("view")->as_uint64(), 1764000000000000u);
  EXPECT_TRUE(finding.find("repaired")->boolean);
}

TEST(Report, AsTableIsAlignedAndShowsFaultsFirst) {
  const std::string table = to_table(sample(), 1);
  EXPECT_EQ(table,
            "DOCUMENT  TARGET        ROWS    RECORDS       GOOD  MISSING  EXTRA  STALE  CORRUPT  "
            "FUTURE  UNVERIFIED  VERDICT\n"
            "orders    mongodb  1,234,567  1,234,567  1,234,567        0      0      0        0  "
            "     0           0  verified\n"
            "orders    redis            3          2          1        1      0      0        0  "
            "     0           1  1 fault\n"
            "\n"
            "orders in redis: 1 foreign record, left alone: orders:\xFF\n"
            "\n"
            "missing    orders 4\\|2 in redis (repaired)\n"
            "... and 1 more; --json lists them\n");
}

TEST(Report, DoesNotPassWithOneUnverifiedKey) {
  Report report = sample();
  report.tallies[{document::DocumentName("orders"), document::TargetName("redis")}].counts = {
      {Verdict::kGood, 2}, {Verdict::kLag, 1}};
  EXPECT_EQ(report.faults(), 0u);
  EXPECT_EQ(report.verdict(), "1 unverified");
}

TEST(Report, DoesNotPassWhenNotEveryKeyWasLookedAt) {
  Report report;
  report.tallies[{document::DocumentName("orders"), document::TargetName("redis")}].incomplete =
      "redis is away";
  EXPECT_EQ(report.unverified(), 1u);
  EXPECT_EQ(report.verdict(), "incomplete");
}

}  // namespace
}  // namespace syncline::verify
