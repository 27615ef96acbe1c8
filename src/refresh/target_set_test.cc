#include "refresh/target_set.h"

#include <gtest/gtest.h>

#include "ports/memory_testing.h"
#include "refresh/writer.h"

namespace syncline::refresh {
namespace {

class TargetSetTest : public testing::Test {
 protected:
  /// A write that is settled, or not yet.
  void write(TargetSet& through, bool is_settled = true) {
    Writer writer(through, clock);
    const Batch batch{.revision = Revision(++revision),
                      .taken_on = clock.boot_now(),
                      .parts = {{&plans[0], {{DocumentKey("a")}}}}};
    const auto outcomes = writer.write(batch, through.names());
    ASSERT_FALSE(outcomes[0].error) << outcomes[0].error->text();
    if (is_settled) note(outcomes[0].parts[0].writes);
  }
  void note(uint64_t count) {
    ASSERT_TRUE(database.change_log()->settle({.written = {{redis, orders, count}}}).ok());
  }
  uint64_t noted() { return database.state()->write_counts()->at(0).count; }
  uint64_t counter() {
    const std::lock_guard lock(store.mutex);
    return store.counters[orders];
  }
  void put_back(uint64_t count) {
    const std::lock_guard lock(store.mutex);
    store.counters[orders] = count;
  }
  void be_loaded() {
    const ports::Load load{orders, redis, ports::LoadPhase::kLoaded, Revision(1)};
    ASSERT_TRUE(database.state()->begin_load(orders, redis, Revision(1)).ok());
    ASSERT_TRUE(database.state()->set_load_phase(load).ok());
  }
  /// A loss sets the load back: once for each loss.
  bool is_load_set_back() {
    const bool is_back = database.state()->loads()->at(0).phase == ports::LoadPhase::kNone;
    be_loaded();
    return is_back;
  }

  ports::ManualClock clock;
  const std::vector<DocumentPlan> plans{ports::memory_plan("orders")};
  const DocumentName orders{"orders"};
  const TargetName redis{"redis"};
  ports::MemoryDatabase database{clock, plans};
  ports::MemoryStore store{clock};
  ports::MemoryConnector connector{"redis", store};
  TargetSet targets{{&connector}, plans, clock, database};
  uint64_t revision = 0;
};

TEST_F(TargetSetTest, NoticesAStoreThatLostWhatItHadAcknowledged) {
  be_loaded();
  write(targets);
  write(targets);
  put_back(1);
  ASSERT_TRUE(targets.connect(redis).ok());
  EXPECT_TRUE(is_load_set_back());
  ASSERT_TRUE(targets.connect(redis).ok());
  EXPECT_FALSE(is_load_set_back());  // dealt with
}

TEST_F(TargetSetTest, NoticesWhatAStoreLostWhileNoEngineRan) {
  be_loaded();
  note(7);
  put_back(6);
  ASSERT_TRUE(targets.connect(redis).ok());
  EXPECT_TRUE(is_load_set_back());
  EXPECT_NE(database.state()->get("lost:redis")->find("orders is at write 6 of 7"),
            std::string::npos);
}

TEST_F(TargetSetTest, NoticesAFlushUnderAConnectionThatStands) {
  be_loaded();
  write(targets);
  const auto connection = targets.connect(redis);
  ASSERT_TRUE(targets.check(**connection).ok());
  EXPECT_FALSE(is_load_set_back());
  store.forget_everything();
  ASSERT_TRUE(targets.check(**connection).ok());
  EXPECT_TRUE(is_load_set_back());
}

TEST_F(TargetSetTest, ASecondLossIsNoticedAsWell) {
  be_loaded();
  write(targets);
  for (int i = 0; i < 3; ++i) {
    store.forget_everything();
    ASSERT_TRUE(targets.connect(redis).ok());
    EXPECT_TRUE(is_load_set_back());
    EXPECT_EQ(counter(), noted());
    write(targets);
  }
}

TEST_F(TargetSetTest, HasNothingAgainstAStoreThatKeptEverything) {
  be_loaded();
  write(targets);
  write(targets, /*is_settled=*/false);  // killed before it was noted
  ASSERT_TRUE(targets.connect(redis).ok());
  TargetSet next{{&connector}, plans, clock, database};
  ASSERT_TRUE(next.connect(redis).ok());
  EXPECT_FALSE(is_load_set_back());
}

TEST_F(TargetSetTest, TakesNoWriteOfAnotherProcessForALossWhateverIsNotedMeanwhile) {
  be_loaded();
  write(targets);
  TargetSet other{{&connector}, plans, clock, database};
  bool is_in_between = false;
  store.faults.set([&](std::string_view stage) -> Result<void> {
    if (stage != "redis.prepare done" || std::exchange(is_in_between, true)) return {};
    write(other);  // raised and noted after the state record was read
    return {};
  });
  ASSERT_TRUE(targets.connect(redis).ok());
  EXPECT_FALSE(is_load_set_back());
}

TEST_F(TargetSetTest, AWriterThatKnowsBetterDoesNotCountAStorePastItsLoss) {
  be_loaded();
  write(targets);
  Writer writer(targets, clock);
  const auto again = [&] {
    const Batch batch{.revision = Revision(++revision),
                      .taken_on = clock.boot_now(),
                      .parts = {{&plans[0], {{DocumentKey("a")}}}}};
    return writer.write(batch, targets.names())[0];
  };
  for (int i = 0; i < 3; ++i) note(again().parts.at(0).writes);
  put_back(1);                  // under a connection that stands: no connect, no check
  EXPECT_FALSE(again().error);  // after it was noticed, over another connection
  EXPECT_TRUE(is_load_set_back());
}

TEST_F(TargetSetTest, NotesALossThatItCouldNotNoteAtOnce) {
  be_loaded();
  write(targets);
  for (const char* stage : {"state.note_loss", "redis.raise_writes"}) {
    store.forget_everything();
    const auto fault = [&](std::string_view at) -> Result<void> {
      return at == stage ? transient("lost") : Result<void>();
    };
    store.faults.set(fault);
    database.faults().set(fault);
    EXPECT_FALSE(targets.connect(redis).ok());
    store.faults.set({});
    database.faults().set({});
    TargetSet next{{&connector}, plans, clock, database};  // killed
    ASSERT_TRUE(next.connect(redis).ok());
    EXPECT_TRUE(is_load_set_back()) << stage;
    ASSERT_TRUE(next.connect(redis).ok());
    EXPECT_FALSE(is_load_set_back()) << stage;
    write(next);
  }
}

TEST_F(TargetSetTest, AnAbsentMySqlIsNoFailureOfTheTarget) {
  const auto connection = targets.connect(redis);
  database.faults().set([&](std::string_view stage) -> Result<void> {
    return stage == "state.write_counts" ? transient("MySQL is away") : Result<void>();
  });
  EXPECT_TRUE(targets.check(**connection).ok());
  EXPECT_FALSE(targets.connect(redis).ok());
  EXPECT_TRUE(targets.is_up(redis));
}

TEST_F(TargetSetTest, AdoptsOnceAndNeverTakesBackWhatItLost) {
  TargetSet adopting({&connector}, plans, clock, database, /*adopt=*/true);
  store.set_away(true);
  EXPECT_FALSE(adopting.connect(redis).ok());
  store.set_away(false);
  int adoptions = 0;
  store.faults.set([&](std::string_view stage) -> Result<void> {
    adoptions += stage == "redis.adopt done" ? 1 : 0;
    return {};
  });
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(adopting.connect(redis).ok());
  EXPECT_EQ(adoptions, 1);
}

}  // namespace
}  // namespace syncline::refresh
