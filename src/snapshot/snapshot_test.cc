#include "snapshot/snapshot.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "ports/memory_testing.h"

namespace syncline::snapshot {
namespace {

using document::DocumentKey;
using document::DocumentPlan;
using document::TargetName;
using ports::LoadPhase;
using ports::ManualClock;
using ports::MemoryConnector;
using ports::MemoryDatabase;
using ports::MemoryStore;

constexpr uint64_t kChunk = 10;

/// The long-lived servers, and a process that may be killed and made anew.
class SnapshotTest : public testing::Test {
 protected:
  struct Process {
    explicit Process(SnapshotTest& test)
        : targets({&test.mongo, &test.redis}, test.plans, test.clock, test.database),
          snapshot({.database = test.database,
                    .targets = targets,
                    .loads = loads,
                    .plans = test.plans,
                    .options = test.options,
                    .clock = test.clock,
                    .counters = counters}) {}
    refresh::TargetSet targets;
    refresh::LoadTable loads;
    refresh::Counters counters;
    Snapshot snapshot;
  };

  SnapshotTest() {
    options.snapshot_chunk_documents = kChunk;
    options.snapshot_workers = 1;
  }

  static std::string key(int i) { return "k" + std::to_string(100 + i); }
  void fill(int documents) {
    auto transaction = database.begin();
    for (int i = 0; i < documents; ++i) transaction.put(orders, key(i), "v" + std::to_string(i));
    transaction.commit();
  }
  Result<Report> run(Process& process, bool again = false) {
    return process.snapshot.run({}, again, stop.get_token(), {});
  }
  Report run_anew(bool again = false) {
    Process process(*this);
    auto report = run(process, again);
    EXPECT_TRUE(report.ok()) << report.error().text();
    return report ? *report : Report{};
  }
  LoadPhase phase(const TargetName& target) {
    const auto loads = *database.state()->loads();
    for (const auto& load : loads) {
      if (load.target == target) return load.phase;
    }
    return LoadPhase::kNone;
  }
  std::set<std::string> noted() {
    std::set<std::string> keys;
    for (const auto& [id, row] : database.contents()->log) keys.insert(row.key);
    return keys;
  }
  void forget_log() {
    std::vector<document::LogId> ids;
    for (const auto& [id, row] : database.contents()->log) ids.push_back(id);
    ASSERT_TRUE(database.change_log()->settle({.ids = ids}).ok());
  }
  /// From the nth time that a stage is reached on, the process gets nothing through to anywhere.
  void kill_at(const std::string& stage, int nth) {
    const auto hook = [this, stage, nth](std::string_view now) -> Result<void> {
      if (!is_dead && now == stage && ++times == nth) is_dead = true;
      if (!is_dead) return {};
      stop.request_stop();
      return transient("killed at " + stage);
    };
    for (auto* faults : {&database.faults(), &mongo_store.faults, &redis_store.faults}) {
      faults->set(hook);
    }
  }
  void revive() {
    for (auto* faults : {&database.faults(), &mongo_store.faults, &redis_store.faults}) {
      faults->set(nullptr);
    }
    is_dead = false;
    times = 0;
    stop = {};
  }

  const document::DocumentName orders{"orders"};
  ManualClock clock;
  const std::vector<DocumentPlan> plans{ports::memory_plan("orders")};
  config::Options options;
  MemoryDatabase database{clock, plans};
  MemoryStore mongo_store{clock}, redis_store{clock};
  MemoryConnector mongo{"mongodb", mongo_store}, redis{"redis", redis_store};
  std::stop_source stop;
  std::atomic<bool> is_dead{false};
  int times = 0;
};

TEST_F(SnapshotTest, LoadsEveryDocumentOnceIntoEveryTarget) {
  fill(95);
  const auto report = run_anew();
  EXPECT_TRUE(report.is_complete);
  EXPECT_EQ(report.documents, 95u);
  EXPECT_EQ(report.chunks, 10u);
  EXPECT_EQ(redis_store.documents(orders), database.documents(orders));
  EXPECT_EQ(mongo_store.documents(orders), database.documents(orders));
  EXPECT_EQ(redis_store.writes, 95u);
  EXPECT_EQ(phase(redis.name()), LoadPhase::kLoaded);
}

TEST_F(SnapshotTest, WorkersShareTheChunks) {
  options.snapshot_workers = 4;
  fill(300);
  EXPECT_EQ(run_anew().documents, 300u);
  EXPECT_EQ(redis_store.documents(orders), database.documents(orders));
  EXPECT_EQ(redis_store.writes, 300u);
}

TEST_F(SnapshotTest, ReadsPiecesThatFitInMemory) {
  options.read_bytes_max = 5;
  fill(30);
  EXPECT_TRUE(run_anew().is_complete);
  EXPECT_EQ(redis_store.documents(orders), database.documents(orders));
}

TEST_F(SnapshotTest, AnEmptyTableIsLoadedAtOnce) {
  const auto report = run_anew();
  EXPECT_TRUE(report.is_complete);
  EXPECT_EQ(report.documents, 0u);
  EXPECT_EQ(phase(redis.name()), LoadPhase::kLoaded);
}

TEST_F(SnapshotTest, ALoadedTypeIsNotLoadedAgain) {
  fill(30);
  run_anew();
  const auto report = run_anew();
  EXPECT_TRUE(report.is_complete);
  EXPECT_EQ(report.chunks, 0u);
  EXPECT_EQ(redis_store.writes, 30u);
  EXPECT_EQ(run_anew(true).chunks, 4u);
}

TEST_F(SnapshotTest, RaisesTheFloorBeforeTheFirstChunkIsRead) {
  fill(30);
  bool is_floor_first = false;
  database.faults().set([&](std::string_view stage) -> Result<void> {
    if (stage == "view.cut" && times++ == 0) {
      const auto load = database.state()->loads()->front();
      is_floor_first = redis_store.floors[orders] == load.first && load.first.value > 0;
    }
    return {};
  });
  run_anew();
  EXPECT_TRUE(is_floor_first);
  for (const auto& [name, record] : redis_store.records[orders]) {
    EXPECT_GT(record.revision, redis_store.floors[orders]);
  }
}

// Until State knows of the load, the stream drops what a target that is away should have removed.
TEST_F(SnapshotTest, RaisesTheFloorAboveAllThatWasDroppedBeforeItWasKnown) {
  fill(30);
  document::Revision dropped;
  database.faults().set([&](std::string_view stage) -> Result<void> {
    if (stage == "state.begin_load" && dropped.value == 0) {
      dropped = (*database.reader()->open())->revision();
    }
    return {};
  });
  run_anew();
  EXPECT_GT(dropped.value, 0u);
  EXPECT_GE(redis_store.floors[orders], dropped);
}

TEST_F(SnapshotTest, IsKnownBeforeATargetRefusesForItsSake) {
  fill(30);
  run_anew();
  for (const char* stage : {"state.begin_load", "redis.raise_floor", "redis.raise_floor done"}) {
    kill_at(stage, 1);
    Process process(*this);
    (void)run(process, true).ok();
    revive();
    const auto load = database.state()->loads()->back();
    // Who goes on after the kill refreshes every key that the floor has kept from being written.
    EXPECT_LE(redis_store.floors[orders], load.first) << stage;
    EXPECT_TRUE(run_anew().is_complete) << stage;
    EXPECT_EQ(redis_store.floors[orders], database.state()->loads()->back().first) << stage;
  }
}

TEST_F(SnapshotTest, EndsItsViewBeforeATargetIsWritten) {
  fill(30);
  std::atomic<int> open{0}, open_at_writes{0}, writes{0};
  database.faults().set([&](std::string_view stage) -> Result<void> {
    if (stage == "view.open done") ++open;
    if (stage == "view.close") --open;
    return {};
  });
  redis_store.faults.set([&](std::string_view stage) -> Result<void> {
    if (stage != "redis.write") return {};
    ++writes;
    open_at_writes += open;
    return {};
  });
  run_anew();
  EXPECT_EQ(writes, 4);
  EXPECT_EQ(open_at_writes, 0);
}

TEST_F(SnapshotTest, TheCleaningWalkNotesWhatIsBelowTheFloor) {
  fill(20);
  run_anew();
  auto transaction = database.begin();
  transaction.remove(orders, key(3)).remove(orders, key(17)).commit();
  forget_log();  // as if triggers had been blind: TRUNCATE, a partition dropped
  run_anew(true);
  EXPECT_EQ(noted(), (std::set{key(3), key(17)}));
}

TEST_F(SnapshotTest, TheSecondWalkIsDueUntilItWasDone) {
  fill(20);
  run_anew();
  Process process(*this);
  EXPECT_TRUE(database.state()->loads()->front().is_second_walk_due);
  const DocumentKey late("late");  // written by a frozen process, from a view before the floor
  redis_store.records[orders][late] = {document::Revision(1), {}};
  forget_log();
  ASSERT_TRUE(process.snapshot.walk_again({}).ok());
  EXPECT_EQ(noted(), std::set{late.value});
  EXPECT_FALSE(database.state()->loads()->front().is_second_walk_due);
}

TEST_F(SnapshotTest, NeverTouchesARecordThatIsNotOurs) {
  fill(20);
  redis_store.records[orders][DocumentKey("foreign")] = {document::Revision(), {}};
  forget_log();
  run_anew();
  EXPECT_TRUE(noted().empty());
  EXPECT_TRUE(redis_store.records[orders].contains(DocumentKey("foreign")));
}

TEST_F(SnapshotTest, OneTargetAwayWaitsWhileTheOtherIsLoaded) {
  fill(50);
  redis_store.set_away(true);
  EXPECT_FALSE(run_anew().is_complete);
  EXPECT_EQ(phase(mongo.name()), LoadPhase::kLoaded);
  EXPECT_EQ(phase(redis.name()), LoadPhase::kNone);
  redis_store.set_away(false);
  EXPECT_TRUE(run_anew().is_complete);
  EXPECT_EQ(redis_store.documents(orders), database.documents(orders));
  EXPECT_EQ(mongo_store.writes, 50u);
  EXPECT_EQ(database.state()->owed(1)->size(), 0u);
}

TEST_F(SnapshotTest, ATargetThatGoesAwayResumesWhereItWas) {
  fill(100);
  redis_store.faults.set([&](std::string_view stage) -> Result<void> {
    if (stage == "redis.write" && ++times == 6) redis_store.set_away(true);
    return {};
  });
  EXPECT_FALSE(run_anew().is_complete);
  EXPECT_EQ(phase(mongo.name()), LoadPhase::kLoaded);
  EXPECT_EQ(phase(redis.name()), LoadPhase::kLoading);
  EXPECT_EQ(database.state()->owed(1)->size(), 0u);
  revive();
  redis_store.set_away(false);
  const auto report = run_anew();
  EXPECT_TRUE(report.is_complete);
  EXPECT_EQ(report.chunks_resumed, 5u);
  EXPECT_EQ(redis_store.documents(orders), database.documents(orders));
  EXPECT_EQ(mongo_store.writes, 100u);
  EXPECT_EQ(redis_store.writes, 100u);
}

TEST_F(SnapshotTest, AStoreThatBlinksDelaysItsLoadOnly) {
  fill(100);
  redis_store.faults.set([&](std::string_view stage) -> Result<void> {
    if (stage != "redis.write" || ++times < 6 || times > 7) return {};
    return transient("connection reset");
  });
  EXPECT_TRUE(run_anew().is_complete);
  EXPECT_EQ(redis_store.documents(orders), database.documents(orders));
}

TEST_F(SnapshotTest, OwesWhatATargetRefuses) {
  fill(30);
  redis_store.refused[DocumentKey(key(7))] = ports::OwedReason::kTooLarge;
  EXPECT_TRUE(run_anew().is_complete);
  const auto owed = *database.state()->owed(10);
  ASSERT_EQ(owed.size(), 1u);
  EXPECT_EQ(owed[0].owed.key.value, key(7));
  EXPECT_EQ(owed[0].owed.target, redis.name());
  redis_store.refused.clear();
  run_anew(true);
  EXPECT_EQ(database.state()->owed(10)->size(), 0u);
}

TEST_F(SnapshotTest, StopsAtAForeignStore) {
  fill(30);
  redis_store.faults.set([](std::string_view stage) -> Result<void> {
    if (stage == "redis.write") return conflict("another pipeline's");
    return {};
  });
  Process process(*this);
  EXPECT_EQ(run(process).error().kind(), ErrorKind::kConflict);
  EXPECT_EQ(database.state()->ledger(1)->front().state, "failed");
}

TEST_F(SnapshotTest, ReadsAgainWhatIsPastTheAgeFence) {
  fill(30);
  redis_store.faults.set([&](std::string_view stage) -> Result<void> {
    if (stage == "redis.write" && ++times == 2) clock.move(std::chrono::minutes(2));
    return {};
  });
  EXPECT_TRUE(run_anew().is_complete);
  EXPECT_EQ(redis_store.documents(orders), database.documents(orders));
}

TEST_F(SnapshotTest, LeavesALedgerRowThatCanBeCountedByHand) {
  fill(35);
  run_anew();
  const auto ledger = *database.state()->ledger(10);
  ASSERT_EQ(ledger.size(), 2u);
  EXPECT_EQ(ledger[0].target, "redis");
  EXPECT_EQ(ledger[0].state, "done");
  EXPECT_EQ(ledger[0].read, 35u);
  EXPECT_EQ(ledger[0].written, 35u);
}

TEST_F(SnapshotTest, TellsItsProgress) {
  fill(30);
  Process process(*this);
  std::vector<Progress> told;
  ASSERT_TRUE(
      process.snapshot.run({}, false, {}, [&](const Progress& p) { told.push_back(p); }).ok());
  EXPECT_EQ(told.back().documents, 30u);
  EXPECT_TRUE(told.back().is_cleaning);
}

TEST_F(SnapshotTest, TwoProcessesThatLoadAtOnceEndWithEverythingLoaded) {
  options.snapshot_workers = 2;
  fill(300);
  for (const bool again : {false, true}) {
    Process first(*this), second(*this);
    std::jthread racing([&] { EXPECT_TRUE(run(first, again).ok()); });
    EXPECT_TRUE(run(second, again).ok());
    racing.join();
    EXPECT_TRUE(run_anew().is_complete);
    EXPECT_EQ(redis_store.documents(orders), database.documents(orders));
    for (const auto& [key, record] : redis_store.records[orders]) {
      EXPECT_GE(record.revision, database.state()->loads()->back().first);
    }
  }
}

TEST_F(SnapshotTest, AClaimWhoseAnswerGotLostIsNotCutAnew) {
  options.snapshot_workers = 4;
  fill(300);
  std::atomic<int> claims{0};
  database.faults().set([&](std::string_view stage) -> Result<void> {
    if (stage == "state.claim_chunk done" && ++claims % 3 == 0) return transient("lost");
    return {};
  });
  EXPECT_TRUE(run_anew().is_complete);
  EXPECT_EQ(redis_store.documents(orders), database.documents(orders));
}

TEST_F(SnapshotTest, AKillAtAnyStageRepeatsAtMostOneChunk) {
  std::map<std::string, int> stages;
  fill(45);
  std::mutex mutex;
  const auto record = [&](std::string_view stage) -> Result<void> {
    const std::lock_guard lock(mutex);
    ++stages[std::string(stage)];
    return {};
  };
  for (auto* faults : {&database.faults(), &mongo_store.faults, &redis_store.faults}) {
    faults->set(record);
  }
  run_anew();
  revive();
  EXPECT_GT(stages.size(), 20u);
  for (const auto& [stage, count] : stages) {
    for (const int nth : {1, (count + 1) / 2, count}) {
      SCOPED_TRACE(stage + " " + std::to_string(nth));
      {
        const std::lock_guard lock(redis_store.mutex);
        redis_store.writes = 0;
      }
      kill_at(stage, nth);
      {
        Process process(*this);
        (void)run(process, true).ok();
      }
      ASSERT_TRUE(is_dead);
      revive();
      const bool is_begun = phase(redis.name()) != LoadPhase::kLoaded;
      EXPECT_TRUE(run_anew(!is_begun).is_complete);
      EXPECT_EQ(redis_store.documents(orders), database.documents(orders));
      EXPECT_LE(redis_store.writes, 45 * (is_begun ? 1 : 2) + kChunk);
    }
  }
}

}  // namespace
}  // namespace syncline::snapshot
