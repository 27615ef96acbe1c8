#include "refresh/settlement.h"

#include <gtest/gtest.h>

#include "ports/memory_testing.h"

namespace syncline::refresh {
namespace {

using ports::OwedReason;
using ports::TargetName;

const TargetName kRedis("redis");
const TargetName kMongo("mongodb");

class SettlementOf : public testing::Test {
 protected:
  SettlementOf() {
    batch.revision = Revision(7);
    batch.parts.push_back({&plan, {{DocumentKey("a")}, {DocumentKey("b")}}});
  }
  Result<ports::Settlement> settle(std::vector<TargetOutcome> outcomes, bool is_anything_owed,
                                   bool may_drop = false) {
    return settlement_of(
        batch, outcomes, is_anything_owed, [&](const auto&, const auto&) { return may_drop; },
        counters);
  }

  const DocumentPlan plan = ports::memory_plan("orders");
  Batch batch;
  Counters counters;
};

TEST_F(SettlementOf, OwesEveryKeyToATargetThatIsAway) {
  const auto settlement = settle(
      {{.target = kRedis, .error = transient("no route")}, {kMongo, {}, {{.written = 2}}}}, false);
  ASSERT_TRUE(settlement.ok());
  ASSERT_EQ(settlement->owed.size(), 2u);
  EXPECT_EQ(settlement->owed[1].target, kRedis);
  EXPECT_EQ(settlement->owed[1].key, DocumentKey("b"));
  EXPECT_EQ(settlement->owed[1].reason, OwedReason::kAway);
  EXPECT_EQ(settlement->owed[1].revision, Revision(7));
  EXPECT_EQ(counters.owed, 2u);
  EXPECT_EQ(counters.written, 2u);
}

TEST_F(SettlementOf, OwesNothingWhereALoadWillReadTheKeysAnyway) {
  const auto settlement = settle({{.target = kRedis, .error = transient("no route")}}, false, true);
  ASSERT_TRUE(settlement.ok());
  EXPECT_TRUE(settlement->owed.empty());
}

TEST_F(SettlementOf, IsNothingWhenATargetFailsWithOtherThanAway) {
  for (const auto& error : {conflict("foreign"), too_old("fence"), corrupt("bytes")}) {
    const auto settlement =
        settle({{kMongo, {}, {{.written = 2}}}, {.target = kRedis, .error = error}}, false);
    ASSERT_FALSE(settlement.ok());
    EXPECT_EQ(settlement.error().kind(), error.kind());
  }
  EXPECT_EQ(counters.written, 0u);
}

TEST_F(SettlementOf, PaysWhatWasTakenAndOwesWhatWasRefused) {
  const auto settlement = settle(
      {{kRedis, {}, {{.older = 1, .refused = {{1, OwedReason::kTooLarge, "17 MiB"}}}}}}, true);
  ASSERT_TRUE(settlement.ok());
  ASSERT_EQ(settlement->owed.size(), 1u);
  EXPECT_EQ(settlement->owed[0].key, DocumentKey("b"));
  EXPECT_EQ(settlement->owed[0].reason, OwedReason::kTooLarge);
  ASSERT_EQ(settlement->paid.size(), 1u);
  EXPECT_EQ(settlement->paid[0].revision, Revision(7));
  EXPECT_EQ(settlement->paid[0].keys, std::vector{DocumentKey("a")});
}

TEST_F(SettlementOf, NotesTheCounterOfEveryTargetThatAcknowledged) {
  const auto settlement = settle({{kRedis, {}, {{.older = 2, .writes = 41}}},
                                  {.target = kMongo, .error = transient("no route")}},
                                 false);
  ASSERT_TRUE(settlement.ok());
  ASSERT_EQ(settlement->written.size(), 1u);
  EXPECT_EQ(settlement->written[0].target, kRedis);
  EXPECT_EQ(settlement->written[0].document, plan.name);
  EXPECT_EQ(settlement->written[0].count, 41u);
}

TEST_F(SettlementOf, PaysNothingWhileNothingIsOwed) {
  const auto settlement = settle({{kRedis, {}, {{.written = 2}}}}, false);
  ASSERT_TRUE(settlement.ok());
  EXPECT_TRUE(settlement->paid.empty());
}

}  // namespace
}  // namespace syncline::refresh
