#include "engine/engine.h"

#include <gtest/gtest.h>

#include <thread>

#include "engine/status.h"
#include "ports/memory_testing.h"
#include "refresh/target_set.h"

namespace syncline::engine {
namespace {

using document::DocumentKey;
using document::DocumentName;
using document::Revision;
using ports::LoadPhase;
using ports::MemoryConnector;
using ports::MemoryDatabase;
using ports::MemoryStore;
using std::chrono::milliseconds;

/// A day in a quarter of an hour: every engine runs a hundred times as fast.
class FastClock final : public Clock {
 public:
  BootTime boot_now() const override { return BootTime(kFactor * elapsed()); }
  WallTime wall_now() const override {
    return WallTime(std::chrono::seconds(1764000000)) +
           std::chrono::duration_cast<WallTime::duration>(kFactor * elapsed());
  }
  bool sleep(std::chrono::nanoseconds duration, std::stop_token stop) override {
    return clock_.sleep(duration / kFactor, stop);
  }

 private:
  static constexpr int kFactor = 100;
  std::chrono::nanoseconds elapsed() const { return clock_.boot_now() - begun_; }

  mutable SystemClock clock_;
  const BootTime begun_ = clock_.boot_now() - std::chrono::hours(1);
};

/// A pipeline with ten orders, nothing loaded yet, and engines that run on it.
class EngineTest : public testing::Test {
 protected:
  struct Running {
    std::unique_ptr<Engine> engine;
    std::optional<Result<void>> outcome;
    std::atomic<bool> has_ended = false;
    std::stop_source stop;
    std::jthread thread;

    ~Running() { stop.request_stop(); }
    Result<void> end() {
      stop.request_stop();
      thread.join();
      return *outcome;
    }
  };

  EngineTest() {
    auto transaction = database.begin();
    for (int i = 0; i < 10; ++i) transaction.put(orders, "k" + std::to_string(i), "v");
    transaction.commit();
  }

  std::unique_ptr<Running> start(bool is_stream_only = false) {
    auto running = std::make_unique<Running>();
    running->engine =
        std::make_unique<Engine>(Engine::Parts{.database = database,
                                               .install = [this] { return install(); },
                                               .connect = [this](const auto&) { return connect(); },
                                               .options = options,
                                               .clock = clock,
                                               .verify_continuously = !is_stream_only,
                                               .load = !is_stream_only,
                                               .on_status = [this](const auto&) { ++shown; }});
    running->thread = std::jthread([&r = *running] {
      r.outcome = r.engine->run(r.stop.get_token());
      r.has_ended = true;
    });
    return running;
  }

  Result<Installed> install() {
    ++installs;
    const auto taken = database.leadership()->try_take();
    if (taken.ok() && *taken) ++installs_without_lock;
    if (on_install) TRY(on_install());
    return Installed{.plans = plans, .generation = document::Generation(1)};
  }
  std::vector<std::unique_ptr<ports::TargetConnector>> connect() {
    std::vector<std::unique_ptr<ports::TargetConnector>> out;
    out.push_back(std::make_unique<MemoryConnector>("mongodb", mongodb_store));
    out.push_back(std::make_unique<MemoryConnector>("redis", redis_store));
    return out;
  }

  template <typename Condition>
  static bool comes(const Condition& condition, milliseconds within = milliseconds(5000)) {
    for (milliseconds waited{0}; waited < within; waited += milliseconds(2)) {
      if (condition()) return true;
      std::this_thread::sleep_for(milliseconds(2));
    }
    return condition();
  }
  bool is_in(const MemoryStore& store) const {
    return store.documents(orders) == database.documents(orders);
  }
  bool are_in_step() { return is_in(redis_store) && is_in(mongodb_store); }
  void put(const std::string& value) { database.begin().put(orders, "k1", value).commit(); }
  std::string text(const std::string& name) { return *database.state()->get(name); }
  ports::Load load(const std::string& target) {
    const auto loads = *database.state()->loads();
    for (const auto& load : loads) {
      if (load.target.value == target) return load;
    }
    return {};
  }
  std::string phase() {
    const auto status = status_from_json(text("status"));
    return status.ok() ? status->phase : "";
  }

  const DocumentName orders{"orders"};
  FastClock clock;
  const std::vector<document::DocumentPlan> plans{ports::memory_plan("orders")};
  config::Options options;
  MemoryDatabase database{clock, plans};
  MemoryStore redis_store{clock}, mongodb_store{clock};
  std::function<Result<void>()> on_install;
  std::atomic<int> installs = 0, installs_without_lock = 0, shown = 0;
};

TEST_F(EngineTest, LoadsFollowsVerifiesAndPublishes) {
  options.verify_documents_per_second = 0;
  const auto engine = start();
  EXPECT_TRUE(comes([&] { return are_in_step(); }));
  EXPECT_TRUE(comes([&] { return load("redis").phase == LoadPhase::kLoaded; }));
  put("changed");
  EXPECT_TRUE(comes([&] { return are_in_step(); }));
  const auto is_verified = [&] {
    const auto status = status_from_json(text("status"));
    return status.ok() && status->documents_by_target.size() == 2 &&
           status->documents_by_target[0].verdict == "verified" &&
           status->documents_by_target[1].phase == "loaded" &&
           status->documents_by_target[1].records == 10 && status->watermark > 0;
  };
  EXPECT_TRUE(comes(is_verified)) << text("status");
  EXPECT_EQ(phase(), "running");
  EXPECT_GT(shown, 0);
  EXPECT_GT(redis_store.tends, 0u);
  EXPECT_TRUE(engine->end().ok());
  EXPECT_EQ(phase(), "stopping");
}

TEST_F(EngineTest, MakesTheSecondCleaningWalkAfterTheFence) {
  const auto engine = start();
  EXPECT_TRUE(comes([&] { return load("redis").is_second_walk_due; }));
  EXPECT_TRUE(comes([&] { return !load("redis").is_second_walk_due; }));
}

TEST_F(EngineTest, StandsByAndTakesOverWhenTheHolderStops) {
  auto first = start();
  ASSERT_TRUE(comes([&] { return are_in_step() && load("redis").phase == LoadPhase::kLoaded; }));
  const auto second = start();
  EXPECT_FALSE(comes([&] { return installs > 1; }, milliseconds(50)));
  EXPECT_TRUE(first->end().ok());
  EXPECT_TRUE(comes([&] { return installs == 2; }));
  put("changed");
  EXPECT_TRUE(comes([&] { return are_in_step(); }));
}

TEST_F(EngineTest, PublishesNothingWhileItStandsBy) {
  const auto holder = database.leadership();
  ASSERT_TRUE(*holder->try_take());
  const auto engine = start();
  EXPECT_TRUE(comes([&] { return shown > 5; }));
  EXPECT_EQ(text("status"), "");
  EXPECT_EQ(installs, 0);
}

TEST_F(EngineTest, StopsStreamingWhenItLostTheLockAndComesBackWhenItIsFree) {
  std::atomic<bool> is_lost = false;
  database.faults().set([&](std::string_view stage) -> Result<void> {
    if (is_lost && stage == "leadership.beat") return conflict("the streaming lock was lost");
    if (is_lost && stage == "leadership.try_take") return transient("MySQL is away");
    return {};
  });
  const auto engine = start();
  ASSERT_TRUE(comes([&] { return are_in_step() && phase() == "running"; }));
  is_lost = true;
  const int shown_before = shown;
  ASSERT_TRUE(comes([&] { return shown > shown_before + 10; }));  // standing by
  put("changed meanwhile");
  EXPECT_FALSE(comes([&] { return are_in_step(); }, milliseconds(50)));
  is_lost = false;
  EXPECT_TRUE(comes([&] { return are_in_step(); }));
  EXPECT_EQ(installs, 2);
  EXPECT_FALSE(engine->has_ended);
}

TEST_F(EngineTest, AnotherOneTakesOverFromAHolderThatWasFrozen) {
  std::atomic<int> beats_to_fail = 0;
  database.faults().set([&](std::string_view stage) -> Result<void> {
    if (stage == "leadership.beat" && beats_to_fail > 0 && beats_to_fail-- > 0) {
      return conflict("the streaming lock was lost");
    }
    return {};
  });
  const auto first = start();
  ASSERT_TRUE(comes([&] { return are_in_step(); }));
  const auto second = start();
  beats_to_fail = 1;
  EXPECT_TRUE(comes([&] { return installs == 2; }));
  put("changed");
  EXPECT_TRUE(comes([&] { return are_in_step(); }));
  EXPECT_FALSE(first->has_ended || second->has_ended);
}

TEST_F(EngineTest, InstallsOnlyUnderTheLock) {
  const auto first = start();
  const auto second = start();
  EXPECT_TRUE(comes([&] { return installs > 0; }));
  EXPECT_TRUE(comes([&] { return are_in_step(); }));
  EXPECT_EQ(installs, 1);
  EXPECT_EQ(installs_without_lock, 0);
}

TEST_F(EngineTest, TriesAgainToInstallWhileMySqlIsAway) {
  on_install = [&]() -> Result<void> {
    return installs < 3 ? transient("MySQL is away") : Result<void>();
  };
  const auto engine = start();
  EXPECT_TRUE(comes([&] { return are_in_step(); }));
  EXPECT_EQ(installs, 3);
}

TEST_F(EngineTest, InstallsNothingAfterItLostTheLock) {
  on_install = []() -> Result<void> { return transient("MySQL is away"); };
  std::atomic<bool> is_lost = false;
  database.faults().set([&](std::string_view stage) -> Result<void> {
    if (!is_lost || !stage.starts_with("leadership")) return {};
    return stage == "leadership.beat" ? conflict("lost") : transient("MySQL is away");
  });
  const auto engine = start();
  ASSERT_TRUE(comes([&] { return installs > 1; }));
  is_lost = true;
  const int shown_before = shown;
  ASSERT_TRUE(comes([&] { return shown > shown_before + 10; }));  // standing by
  const int installs_before = installs;
  EXPECT_FALSE(comes([&] { return installs > installs_before; }, milliseconds(200)));
}

TEST_F(EngineTest, LoadsATargetThatWasAwayWhenItReturns) {
  redis_store.set_away(true);
  const auto engine = start();
  EXPECT_TRUE(comes([&] { return is_in(mongodb_store); }));
  EXPECT_TRUE(comes([&] { return load("mongodb").phase == LoadPhase::kLoaded; }));
  EXPECT_EQ(load("redis").phase, LoadPhase::kNone);
  redis_store.set_away(false);
  EXPECT_TRUE(comes([&] { return is_in(redis_store); }));
  EXPECT_TRUE(comes([&] { return load("redis").phase == LoadPhase::kLoaded; }));
}

TEST_F(EngineTest, LoadsAStoreAgainThatForgot) {
  const auto engine = start();
  ASSERT_TRUE(comes([&] { return are_in_step() && load("redis").phase == LoadPhase::kLoaded; }));
  EXPECT_EQ(text("lost:redis"), "");
  redis_store.set_away(true);
  redis_store.forget_everything();
  put("changed");  // so that the stream learns that it is away
  ASSERT_TRUE(comes([&] { return is_in(mongodb_store); }));
  redis_store.set_away(false);
  EXPECT_TRUE(comes([&] { return are_in_step(); }));
  EXPECT_TRUE(comes([&] {
    const auto status = status_from_json(text("status"));
    return status.ok() && status->targets.size() == 2 && !status->targets[1].lost_at.empty();
  }));
  EXPECT_EQ(text("lost:mongodb"), "");
}

TEST_F(EngineTest, LoadsAStoreAgainThatWasFlushedWhileNothingChanged) {
  const auto engine = start();
  ASSERT_TRUE(comes([&] { return are_in_step() && load("redis").phase == LoadPhase::kLoaded; }));
  redis_store.forget_everything();
  EXPECT_TRUE(comes([&] { return are_in_step(); }));
}

TEST_F(EngineTest, LoadsAStoreAgainThatForgotWhileNoEngineRan) {
  auto first = start();
  ASSERT_TRUE(comes([&] { return are_in_step() && load("redis").phase == LoadPhase::kLoaded; }));
  ASSERT_TRUE(first->end().ok());
  redis_store.forget_everything();
  const auto second = start();
  EXPECT_TRUE(comes([&] { return are_in_step(); }));
}

TEST_F(EngineTest, LoadsAStoreAgainThatLostOnlyItsLastWrite) {
  const auto engine = start();
  ASSERT_TRUE(comes([&] { return are_in_step() && load("redis").phase == LoadPhase::kLoaded; }));
  put("before");
  ASSERT_TRUE(comes([&] { return are_in_step() && database.contents()->log.empty(); }));
  {
    const std::lock_guard lock(redis_store.mutex);
    --redis_store.counters[orders];  // its revision is kept: it proves nothing
    redis_store.records[orders].erase(DocumentKey("k1"));
  }
  EXPECT_TRUE(comes([&] { return are_in_step(); }));
}

TEST_F(EngineTest, LoadsAgainWhatAnotherProcessFoundLost) {
  const auto engine = start();
  ASSERT_TRUE(comes([&] { return are_in_step() && load("redis").phase == LoadPhase::kLoaded; }));
  redis_store.forget_everything();
  MemoryConnector connector("redis", redis_store);
  refresh::TargetSet others({&connector}, plans, clock, database);
  ASSERT_TRUE(others.connect(document::TargetName("redis")).ok());
  EXPECT_TRUE(comes([&] { return are_in_step(); }));
}

TEST_F(EngineTest, LoadsNothingAgainWhileNothingIsLost) {
  auto first = start();
  ASSERT_TRUE(comes([&] { return are_in_step() && load("redis").phase == LoadPhase::kLoaded; }));
  const Revision begun = load("redis").first;
  for (int i = 0; i < 40; ++i) {
    put(std::to_string(i));
    if (i % 10 == 5) redis_store.set_away(true);
    if (i % 10 == 8) redis_store.set_away(false);
    if (i == 20) {
      ASSERT_TRUE(first->end().ok());
      first = start();
    }
    std::this_thread::sleep_for(milliseconds(5));
  }
  EXPECT_TRUE(comes([&] { return are_in_step(); }));
  EXPECT_EQ(load("redis").first, begun);
  EXPECT_EQ(text("lost:redis") + text("lost:mongodb"), "");
}

TEST_F(EngineTest, StreamsOnlyWhenToldSo) {
  const auto engine = start(true);
  EXPECT_TRUE(comes([&] { return are_in_step(); }));  // the log has them all
  EXPECT_EQ(load("redis").phase, LoadPhase::kNone);
  EXPECT_EQ(text("verdict:orders:redis"), "");
}

TEST_F(EngineTest, StopsCleanlyAndSoon) {
  const auto engine = start();
  ASSERT_TRUE(comes([&] { return are_in_step(); }));
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_TRUE(engine->end().ok());
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(1));
  EXPECT_TRUE(*database.leadership()->try_take());
}

TEST_F(EngineTest, StopsWhileItStandsByOrWaitsForMySql) {
  on_install = []() -> Result<void> { return transient("MySQL is away"); };
  const auto waiting = start();
  const auto standby = start();
  ASSERT_TRUE(comes([&] { return installs > 1; }));
  EXPECT_TRUE(standby->end().ok());
  EXPECT_TRUE(waiting->end().ok());
}

TEST_F(EngineTest, EndsWhenANewerGenerationRuns) {
  const auto engine = start();
  ASSERT_TRUE(comes([&] { return are_in_step(); }));
  database.raise_generation();
  ASSERT_TRUE(comes([&] { return engine->has_ended.load(); }));
  EXPECT_EQ(engine->end().error().kind(), ErrorKind::kConflict);
}

TEST_F(EngineTest, EndsWhenInstallingWouldBeWrong) {
  on_install = []() -> Result<void> { return invalid("no such table"); };
  const auto engine = start();
  ASSERT_TRUE(comes([&] { return engine->has_ended.load(); }));
  EXPECT_EQ(engine->end().error().kind(), ErrorKind::kInvalid);
  EXPECT_EQ(installs, 1);
}

TEST_F(EngineTest, EndsWhenATargetBelongsToAnotherPipeline) {
  redis_store.faults.set([](std::string_view stage) -> Result<void> {
    return stage == "redis.prepare" ? conflict("redis belongs to 'other'") : Result<void>();
  });
  const auto engine = start();
  ASSERT_TRUE(comes([&] { return engine->has_ended.load(); }));
  EXPECT_EQ(engine->end().error().kind(), ErrorKind::kConflict);
}

TEST_F(EngineTest, GoesOnAfterMySqlWasAwayForAWhile) {
  std::atomic<bool> is_away = false;
  database.faults().set([&](std::string_view stage) -> Result<void> {
    return is_away && stage != "view.close" ? transient("MySQL is away") : Result<void>();
  });
  const auto engine = start();
  ASSERT_TRUE(comes([&] { return are_in_step() && load("redis").phase == LoadPhase::kLoaded; }));
  is_away = true;
  put("changed");
  EXPECT_FALSE(comes([&] { return are_in_step(); }, milliseconds(50)));
  is_away = false;
  EXPECT_TRUE(comes([&] { return are_in_step(); }));
  EXPECT_FALSE(engine->has_ended);
}

}  // namespace
}  // namespace syncline::engine
