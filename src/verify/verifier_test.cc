#include "verify/verifier.h"

#include <gmock/gmock.h>

#include "base/json.h"
#include "verify/world_testing.h"

namespace syncline::verify {
namespace {

using document::DocumentKey;
using document::Revision;
using ports::LoadPhase;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class VerifierTest : public World {};

TEST_F(VerifierTest, FindsNothingWhereEverythingIsInStep) {
  const auto report = verify();
  EXPECT_EQ(report.verdict(), "verified");
  for (const auto& [place, tally] : report.tallies) {
    EXPECT_EQ(tally.rows, 10u);
    EXPECT_EQ(tally.records, 10u);
    EXPECT_EQ(tally.count(Verdict::kGood), 10u);
  }
  EXPECT_EQ(report.tallies.size(), 2u);
}

TEST_F(VerifierTest, NamesEachFaultAndItsKey) {
  redis_store.records[orders].erase(DocumentKey("k1"));
  record(mongodb_store, "ghost") = record(mongodb_store, "k2");
  flip(record(redis_store, "k3"));
  record(mongodb_store, "k4").revision = Revision(1);
  flip(record(mongodb_store, "k4"));
  record(redis_store, "k5").revision = Revision(uint64_t{1} << 52);
  redis_store.tombstones[orders][DocumentKey("k6")] = Revision(uint64_t{1} << 52);
  const auto report = verify();
  EXPECT_THAT(findings(report),
              UnorderedElementsAre("redis k1 missing", "mongodb ghost extra", "redis k3 corrupt",
                                   "mongodb k4 stale", "redis k5 future", "redis k6 future"));
  EXPECT_EQ(report.faults(), 6u);
  EXPECT_EQ(report.unverified(), 0u);
  EXPECT_EQ(report.verdict(), "6 faults");
}

TEST_F(VerifierTest, FindsARemovedKeyThatCameBack) {
  const auto old = record(redis_store, "k7");
  remove("k7");
  stream_step();
  redis_store.tombstones[orders].clear();
  redis_store.records[orders][DocumentKey("k7")] = old;
  EXPECT_THAT(findings(verify()), ElementsAre("redis k7 extra"));
}

TEST_F(VerifierTest, FindsFaultsBeyondTheFirstBatch) {
  options.verify_batch_documents = 3;
  flip(record(redis_store, "k9"));
  mongodb_store.records[orders].erase(DocumentKey("k8"));
  record(mongodb_store, "zzz") = record(mongodb_store, "k2");
  EXPECT_THAT(findings(verify()),
              UnorderedElementsAre("redis k9 corrupt", "mongodb k8 missing", "mongodb zzz extra"));
}

TEST_F(VerifierTest, LooksAgainUntilTheStreamHasCaughtUp) {
  put("k1", "changed");
  remove("k2");
  int opened = 0;
  database.faults().set([&](std::string_view stage) -> Result<void> {
    if (stage == "view.open" && ++opened == 8) stream_step();
    return {};
  });
  EXPECT_EQ(verify().verdict(), "verified");
  EXPECT_GT(opened, 8);
}

TEST_F(VerifierTest, LeavesUnverifiedWhatIsLateWhenTheTimeIsOver) {
  put("k1", "changed");
  remove("k2");
  const auto report = verify({.within = std::chrono::seconds(5)});
  EXPECT_EQ(report.faults(), 0u);
  EXPECT_THAT(findings(report), UnorderedElementsAre("redis k1 lag", "redis k2 lag",
                                                     "mongodb k1 lag", "mongodb k2 lag"));
  EXPECT_EQ(report.verdict(), "4 unverified");
}

TEST_F(VerifierTest, LeavesUnverifiedWhatAWideRowMayReach) {
  options.stream_wide_documents = 5;
  database.begin().set_group("g", "renamed").commit();
  const auto report = verify({.within = std::chrono::seconds(1)});
  EXPECT_EQ(report.faults(), 0u);
  EXPECT_EQ(report.unverified(), 20u);
}

TEST_F(VerifierTest, ResolvesNoLogThatIsTooLong) {
  auto transaction = database.begin();
  for (int i = 0; i < 20001; ++i) transaction.log(1, "elsewhere");
  transaction.commit();
  flip(record(redis_store, "k3"));
  EXPECT_THAT(findings(verify({.within = std::chrono::seconds(1)})), ElementsAre("redis k3 lag"));
}

TEST_F(VerifierTest, LeavesUnverifiedWhatIsOwed) {
  redis_store.refused[DocumentKey("k3")] = ports::OwedReason::kRefused;
  put("k3", "changed");
  stream_step();
  EXPECT_THAT(findings(verify()), ElementsAre("redis k3 owed"));
}

TEST_F(VerifierTest, LeavesUnverifiedWhatALoadHasNotReached) {
  set_loads(LoadPhase::kLoading);
  redis_store.records[orders].erase(DocumentKey("k1"));
  record(redis_store, "ghost") = record(redis_store, "k2");
  EXPECT_THAT(findings(verify()),
              UnorderedElementsAre("redis k1 not loaded", "redis ghost not loaded"));
}

TEST_F(VerifierTest, LeavesUnverifiedWhatMayHaveExpired) {
  redis_store.may_expire = true;
  redis_store.records[orders].erase(DocumentKey("k1"));
  EXPECT_THAT(findings(verify()), ElementsAre("redis k1 expired"));
}

TEST_F(VerifierTest, WaitsTheFenceBeforeARecordOlderThanItsTombstoneIsAFault) {
  remove("k1");
  stream_step();
  record(mongodb_store, "k1") = record(mongodb_store, "k2");
  record(mongodb_store, "k1").revision = Revision(5);
  EXPECT_THAT(findings(verify({.within = options.age_fence / 2})), ElementsAre("mongodb k1 lag"));
  EXPECT_THAT(findings(verify({.within = options.age_fence * 2})), ElementsAre("mongodb k1 extra"));
}

TEST_F(VerifierTest, CountsEachRowOnce) {
  bool is_first = true;
  database.faults().set([&](std::string_view stage) -> Result<void> {
    if (stage != "view.absent" || !std::exchange(is_first, false)) return {};
    remove("k3");  // walked as a record, then gone from both sides
    stream_step();
    return {};
  });
  const auto report = verify();
  for (const auto& [place, tally] : report.tallies) {
    EXPECT_EQ(tally.rows, 10u);
    EXPECT_EQ(tally.count(Verdict::kGood), 10u);
  }
}

TEST_F(VerifierTest, CountsAndNamesForeignRecordsAndLeavesThemAlone) {
  record(redis_store, "theirs") = {};
  const auto report = verify();
  EXPECT_EQ(report.faults(), 0u);
  EXPECT_EQ(report.tallies.at({orders, redis}).foreign, 1u);
  EXPECT_THAT(report.tallies.at({orders, redis}).foreign_names, ElementsAre("theirs"));
}

TEST_F(VerifierTest, GoesOnWithTheTargetThatAnswersAndDoesNotPass) {
  redis_store.set_away(true);
  mongodb_store.records[orders].erase(DocumentKey("k1"));
  const auto report = verify();
  EXPECT_THAT(findings(report), ElementsAre("mongodb k1 missing"));
  const auto& tally = report.tallies.at({orders, redis});
  EXPECT_EQ(tally.count(Verdict::kLag), 10u);
  EXPECT_EQ(tally.verdict(), "incomplete");
  EXPECT_GT(report.unverified(), 0u);
}

TEST_F(VerifierTest, GoesOnWhicheverTargetIsAway) {
  mongodb_store.set_away(true);
  redis_store.records[orders].erase(DocumentKey("k1"));
  EXPECT_THAT(findings(verify()), ElementsAre("redis k1 missing"));
}

TEST_F(VerifierTest, DoesNotPassATargetThatWentAwayDuringTheWalk) {
  int walks = 0;
  redis_store.faults.set([&](std::string_view stage) -> Result<void> {
    if (stage != "redis.walk") return {};
    ++walks;
    return transient("redis is away");
  });
  EXPECT_EQ(verify().tallies.at({orders, redis}).verdict(), "incomplete");
  EXPECT_GT(walks, 1);
}

TEST_F(VerifierTest, BeginsAWalkAnewAfterABrokenConnection) {
  options.verify_batch_documents = 3;
  record(redis_store, "ghost") = record(redis_store, "k2");
  int walks = 0;
  redis_store.faults.set([&](std::string_view stage) -> Result<void> {
    if (stage == "redis.walk" && ++walks == 3) return transient("reset");
    return {};
  });
  const auto report = verify();
  EXPECT_THAT(findings(report), ElementsAre("redis ghost extra"));
  EXPECT_EQ(report.tallies.at({orders, redis}).records, 11u);
}

TEST_F(VerifierTest, FailsWhenNoTargetAnswers) {
  redis_store.set_away(true);
  mongodb_store.set_away(true);
  const auto report = try_verify();
  ASSERT_FALSE(report.ok());
  EXPECT_TRUE(report.error().is_transient());
  EXPECT_EQ((*database.state()->ledger(1))[0].state, "failed");
}

TEST_F(VerifierTest, ReadsAgainWhenAViewBreaks) {
  int reads = 0;
  database.faults().set([&](std::string_view stage) -> Result<void> {
    if (stage == "view.read_range" && ++reads == 1) return too_old("1412");
    return {};
  });
  EXPECT_EQ(verify().verdict(), "verified");
}

TEST_F(VerifierTest, EndsWithTheErrorThatANewerGenerationGives) {
  database.raise_generation();
  EXPECT_EQ(try_verify().error().kind(), ErrorKind::kConflict);
}

TEST_F(VerifierTest, StopsWhenToldAndSaysSoInTheLedger) {
  stop.request_stop();
  EXPECT_EQ(try_verify().error().kind(), ErrorKind::kCancelled);
  EXPECT_EQ((*database.state()->ledger(1))[0].state, "interrupted");
}

TEST_F(VerifierTest, KeepsToItsRate) {
  const BootTime begun = manual_clock.boot_now();
  verify({.documents_per_second = 2});
  // Ten rows, then ten records in each of two targets.
  EXPECT_GE(manual_clock.boot_now() - begun, std::chrono::seconds(15));
}

TEST_F(VerifierTest, MendsWhatItFound) {
  redis_store.records[orders].erase(DocumentKey("k1"));
  record(mongodb_store, "ghost") = record(mongodb_store, "k2");
  flip(record(redis_store, "k3"));
  record(redis_store, "k5").revision = Revision(uint64_t{1} << 52);
  redis_store.tombstones[orders][DocumentKey("k6")] = Revision(uint64_t{1} << 52);
  const auto report = verify({.repair = true});
  EXPECT_EQ(report.repaired, 5u);
  EXPECT_TRUE(report.findings[0].is_repaired);
  stream_step();
  EXPECT_EQ(verify().verdict(), "verified");
  EXPECT_EQ((*database.state()->ledger(2))[1].kind, "repair");
}

TEST_F(VerifierTest, RefreshesWhatChangedWhileItReplacedARecordFromTheFuture) {
  record(redis_store, "k5").revision = Revision(uint64_t{1} << 52);
  redis_store.faults.set([&](std::string_view stage) -> Result<void> {
    if (stage != "redis.replace_from_future") return {};
    redis_store.faults.set(nullptr);
    put("k5", "changed meanwhile");
    stream_step();  // refused as older, and settled
    return {};
  });
  EXPECT_EQ(verify({.repair = true}).repaired, 1u);
  stream_step();
  EXPECT_EQ(verify().verdict(), "verified");
}

TEST_F(VerifierTest, LeavesUnmendedWhatATargetThatIsAwayHasFromTheFuture) {
  record(redis_store, "k5").revision = Revision(uint64_t{1} << 52);
  redis_store.faults.set([&](std::string_view stage) -> Result<void> {
    if (stage == "redis.replace_from_future") return transient("away");
    return {};
  });
  const auto report = verify({.repair = true});
  EXPECT_EQ(report.repaired, 0u);
  EXPECT_FALSE(report.findings[0].is_repaired);
  EXPECT_EQ(report.faults(), 1u);
}

TEST_F(VerifierTest, LeavesALedgerRowAndTheLastVerdict) {
  flip(record(redis_store, "k3"));
  verify();
  const auto entry = (*database.state()->ledger(1))[0];
  EXPECT_EQ(entry.kind, "verify");
  EXPECT_EQ(entry.state, "done");
  EXPECT_EQ(entry.read, 20u);
  EXPECT_EQ(parse_json(entry.detail)->find("faults")->as_int64(), 1);
  const auto verdict = parse_json(*database.state()->get("verdict:orders:redis"));
  ASSERT_TRUE(verdict.ok());
  EXPECT_EQ(verdict->find("verdict")->text, "1 fault");
  EXPECT_EQ(verdict->find("rows")->as_int64(), 10);
  EXPECT_EQ(verdict->find("at")->text.size(), 19u);
  EXPECT_EQ(parse_json(*database.state()->get("verdict:orders:mongodb"))->find("verdict")->text,
            "verified");
}

TEST_F(VerifierTest, RefusesADocumentTypeThatIsNotThere) {
  EXPECT_EQ(try_verify({.documents = {document::DocumentName("nope")}}).error().kind(),
            ErrorKind::kNotFound);
}

}  // namespace
}  // namespace syncline::verify
