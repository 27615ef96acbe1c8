#include "stream/streamer.h"

#include <gtest/gtest.h>

#include <thread>

#include "ports/memory_testing.h"
#include "refresh/writer.h"

namespace syncline::stream {
namespace {

using document::DocumentKey;
using document::DocumentName;
using document::Revision;
using ports::LoadPhase;
using ports::ManualClock;
using ports::MemoryConnector;
using ports::MemoryDatabase;
using ports::MemoryStore;

class StreamerTest : public testing::Test {
 protected:
  struct Process {
    explicit Process(StreamerTest& test)
        : targets({&test.mongo, &test.redis}, test.plans, test.clock, test.database),
          streamer({.database = test.database,
                    .targets = targets,
                    .loads = loads,
                    .plans = test.plans,
                    .options = test.options,
                    .clock = test.clock,
                    .counters = counters}) {}
    refresh::TargetSet targets;
    refresh::LoadTable loads;
    refresh::Counters counters;
    Streamer streamer;
  };

  StreamerTest() {
    options.stream_batch_documents = 10;
    options.stream_wide_documents = 5;
    // Loads have begun: what an absent target cannot take is owed to it.
    for (const auto* target : {&mongo, &redis}) {
      EXPECT_TRUE(database.state()->begin_load(orders, target->name(), Revision(1)).ok());
    }
  }
  static std::string key(int i) { return "k" + std::to_string(100 + i); }
  void put(int i, const std::string& value, const std::string& group = "") {
    database.begin().put(orders, key(i), value, group).commit();
  }
  void drain() {
    Process process(*this);
    const auto drained = process.streamer.drain({});
    ASSERT_TRUE(drained.ok()) << drained.error().text();
  }
  uint64_t owed() { return *database.change_log()->owed_count(); }
  bool is_log_empty() { return database.contents()->log.empty(); }
  void expect_equal() {
    EXPECT_EQ(mongo_store.documents(orders), database.documents(orders));
    EXPECT_EQ(redis_store.documents(orders), database.documents(orders));
  }
  /// Streams until the condition holds.
  template <typename Condition>
  void run_until(Process& process, const Condition& condition) {
    std::stop_source stop;
    std::jthread running([&] { EXPECT_TRUE(process.streamer.run(stop.get_token()).ok()); });
    for (int i = 0; i < 20000 && !condition(); ++i) {
      std::this_thread::sleep_for(std::chrono::microseconds(500));
    }
    EXPECT_TRUE(condition());
    stop.request_stop();
  }

  const DocumentName orders{"orders"};
  ManualClock clock;
  const std::vector<document::DocumentPlan> plans{ports::memory_plan("orders")};
  config::Options options;
  MemoryDatabase database{clock, plans};
  MemoryStore mongo_store{clock}, redis_store{clock};
  MemoryConnector mongo{"mongodb", mongo_store}, redis{"redis", redis_store};
};

TEST_F(StreamerTest, DrainBringsEveryChangeIntoEveryTarget) {
  for (int i = 0; i < 95; ++i) put(i, "v");
  for (int i = 0; i < 20; ++i) database.begin().remove(orders, key(3 * i)).commit();
  drain();
  expect_equal();
  EXPECT_TRUE(is_log_empty());
  EXPECT_EQ(redis_store.tombstones[orders].size(), 20u);
}

TEST_F(StreamerTest, ARowThatChangedAThousandTimesIsWrittenOnce) {
  options.stream_batch_documents = 2000;
  for (int i = 0; i < 1000; ++i) put(1, std::to_string(i));
  drain();
  EXPECT_EQ(redis_store.writes, 1u);
  expect_equal();
}

TEST_F(StreamerTest, OwesToATargetThatIsAwayAndPaysOnItsReturn) {
  put(1, "before");
  drain();
  redis_store.set_away(true);
  put(1, "meanwhile");
  put(2, "new");
  Process process(*this);
  ASSERT_TRUE(process.streamer.drain({}).ok());
  EXPECT_EQ(owed(), 2u);
  EXPECT_TRUE(is_log_empty());
  EXPECT_EQ(mongo_store.documents(orders), database.documents(orders));
  redis_store.set_away(false);
  run_until(process, [&] { return owed() == 0 && is_log_empty(); });
  expect_equal();
}

TEST_F(StreamerTest, NoticesThatATargetIsBackThoughNothingChanges) {
  redis_store.set_away(true);
  put(1, "v");
  Process process(*this);
  ASSERT_TRUE(process.streamer.drain({}).ok());
  ASSERT_TRUE(database.state()->drop_owed({}, {}).ok());
  redis_store.set_away(false);
  run_until(process, [&] { return process.targets.is_up(redis.name()); });
}

TEST_F(StreamerTest, OwesNothingWhereTheLoadHasNotBegun) {
  ASSERT_TRUE(database.state()->set_load_phase({.document = orders, .target = redis.name()}).ok());
  redis_store.set_away(true);
  put(1, "v");
  drain();
  EXPECT_EQ(owed(), 0u);
  EXPECT_TRUE(is_log_empty());
}

TEST_F(StreamerTest, SettlesNothingWhenATargetFailsWithOtherThanAway) {
  put(1, "v");
  redis_store.next_write_error = conflict("another pipeline's store");
  Process process(*this);
  const auto drained = process.streamer.drain({});
  ASSERT_FALSE(drained.ok());
  EXPECT_EQ(drained.error().kind(), ErrorKind::kConflict);
  EXPECT_FALSE(is_log_empty());
  EXPECT_EQ(owed(), 0u);
}

TEST_F(StreamerTest, ABatchPastTheAgeFenceIsReadAgain) {
  put(1, "v");
  std::atomic<int> times{0};
  redis_store.faults.set([&](std::string_view stage) -> Result<void> {
    if (stage == "redis.write" && times++ == 0) clock.move(std::chrono::minutes(2));
    return {};
  });
  drain();
  expect_equal();
  EXPECT_GE(times, 2);
  EXPECT_EQ(owed(), 0u);
}

TEST_F(StreamerTest, AWideRowReachesAllItsDocuments) {
  for (int i = 0; i < 60; ++i) put(i, "v", "g");
  drain();
  database.begin().set_group("g", "renamed").commit();
  drain();
  expect_equal();
  EXPECT_TRUE(is_log_empty());
}

TEST_F(StreamerTest, TheWatermarkNeverClaimsARowThatIsNotInTheTargets) {
  struct Commit {
    DocumentKey key;
    int value;
    Revision seen;  // the number of a view that saw it
  };
  std::vector<Commit> commits;
  const auto reader = database.reader();
  const auto state = database.state();
  const auto commit = [&](ports::MemoryTransaction& transaction, int i) {
    transaction.commit();
    commits.push_back({DocumentKey(key(i % 7)), i, (*reader->open())->revision()});
  };
  const auto check = [&] {
    const std::string text = *state->get("watermark");
    const Revision watermark(text.empty() ? 0 : std::stoull(text));
    const auto stored = redis_store.documents(orders);
    for (const auto& c : commits) {
      if (c.seen > watermark) continue;
      const auto found = stored.find(c.key);
      ASSERT_TRUE(found != stored.end());
      ASSERT_GE(std::stoi(found->second.substr(found->second.find('|') + 1)), c.value);
    }
  };
  Process process(*this);
  std::stop_source stop;
  std::jthread running([&] { EXPECT_TRUE(process.streamer.run(stop.get_token()).ok()); });
  for (int i = 0; i < 300; ++i) {
    auto late = database.begin();
    late.put(orders, key(i % 7), std::to_string(i));
    put(10, "passes it");
    if (i % 3 == 0) std::this_thread::sleep_for(std::chrono::microseconds(100));
    commit(late, i);
    check();
  }
  const Revision last = commits.back().seen;
  while (process.streamer.status().watermark < last) std::this_thread::yield();
  check();
  stop.request_stop();
}

TEST_F(StreamerTest, GoesOnAfterMySqlWasAway) {
  std::atomic<int> failures{0};
  database.faults().set([&](std::string_view stage) -> Result<void> {
    if (stage == "log.settle" && failures++ < 4) return transient("server has gone away");
    return {};
  });
  for (int i = 0; i < 30; ++i) put(i, "v");
  drain();
  expect_equal();
  EXPECT_TRUE(is_log_empty());
}

TEST_F(StreamerTest, SaysWhatHoldsItUp) {
  database.faults().set([](std::string_view stage) -> Result<void> {
    if (stage == "log.settle") return transient("server has gone away");
    return {};
  });
  put(1, "v");
  Process process(*this);
  run_until(process, [&] { return process.streamer.status().held_up_by != ""; });
  EXPECT_GT(process.streamer.status().lag.count(), 0);
  database.faults().set(nullptr);
  run_until(process, [&] { return process.streamer.status().held_up_by.empty(); });
}

TEST_F(StreamerTest, StopsWhenANewerGenerationTookOver) {
  database.raise_generation();
  Process process(*this);
  EXPECT_EQ(process.streamer.run({}).error().kind(), ErrorKind::kConflict);
}

TEST_F(StreamerTest, ARefusedKeyIsOwedAndPaidWhenItFitsAgain) {
  redis_store.refused[DocumentKey(key(1))] = ports::OwedReason::kTooLarge;
  put(1, "large");
  drain();
  EXPECT_EQ(owed(), 1u);
  redis_store.refused.clear();
  put(1, "small");
  drain();
  EXPECT_EQ(owed(), 0u);
  expect_equal();
}

TEST_F(StreamerTest, HoldsABoundedNumberOfBatches) {
  for (int i = 0; i < 200; ++i) put(i, "v");
  std::atomic<bool> is_held{true};
  std::atomic<int> pages{0};
  redis_store.faults.set([&](std::string_view stage) -> Result<void> {
    while (stage == "redis.write" && is_held) std::this_thread::yield();
    return {};
  });
  database.faults().set([&](std::string_view stage) -> Result<void> {
    if (stage == "view.read") ++pages;
    return {};
  });
  Process process(*this);
  std::jthread draining([&] { EXPECT_TRUE(process.streamer.drain({}).ok()); });
  while (pages < 3) std::this_thread::yield();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(pages, 3);  // one being written, one waiting, one just read
  is_held = false;
  draining.join();
  expect_equal();
}

TEST_F(StreamerTest, AKillAtAnyStageLosesNothing) {
  std::mutex mutex;
  std::map<std::string, int> stages;
  int version = 0;
  const auto all = {&database.faults(), &mongo_store.faults, &redis_store.faults};
  const auto change = [&] {
    ++version;
    for (int i = 0; i < 25; ++i) put(i, std::to_string(version), "g");
    database.begin().set_group("g", std::to_string(version)).commit();
    database.begin().remove(orders, key(7)).commit();
  };
  for (auto* faults : all) {
    faults->set([&](std::string_view stage) -> Result<void> {
      const std::lock_guard lock(mutex);
      ++stages[std::string(stage)];
      return {};
    });
  }
  change();
  drain();
  EXPECT_GT(stages.size(), 15u);
  for (const auto& [stage, count] : stages) {
    for (const int nth : {1, 2, 4}) {
      SCOPED_TRACE(stage + " " + std::to_string(nth));
      std::stop_source stop;
      std::atomic<int> times{0};
      std::atomic<bool> is_dead{false};
      for (auto* faults : all) {
        faults->set([&, stage = stage, nth](std::string_view now) -> Result<void> {
          if (now == stage && ++times == nth) is_dead = true;
          if (!is_dead) return {};
          stop.request_stop();
          return transient("killed at " + stage);
        });
      }
      change();
      {
        Process process(*this);
        (void)process.streamer.drain(stop.get_token()).ok();
      }
      for (auto* faults : all) faults->set(nullptr);
      drain();
      expect_equal();
      EXPECT_TRUE(is_log_empty());
    }
  }
}

}  // namespace
}  // namespace syncline::stream
