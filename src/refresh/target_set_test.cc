#include "refresh/target_set.h"

#include <gtest/gtest.h>

#include "ports/memory_testing.h"
#include "refresh/writer.h"

namespace syncline::refresh {
namespace {

class TargetSetTest : public testing::Test {
 protected:
  void write(uint64_t revision) {
    Writer writer(targets, clock);
    const Batch batch{.revision = Revision(revision),
                      .taken_on = clock.boot_now(),
                      .parts = {{&plans[0], {{DocumentKey("a")}}}}};
    ASSERT_FALSE(writer.write(batch, targets.names())[0].error);
  }
  void set_state_record(uint64_t revision) {
    const std::lock_guard lock(store.mutex);
    store.state_revision = Revision(revision);
  }

  ports::ManualClock clock;
  const std::vector<DocumentPlan> plans{ports::memory_plan("orders")};
  ports::MemoryStore store{clock};
  ports::MemoryConnector connector{"redis", store};
  TargetSet targets{{&connector}, plans, clock};
  const TargetName redis{"redis"};
};

TEST_F(TargetSetTest, NoticesAStoreThatLostWhatItHadAcknowledged) {
  write(7);
  EXPECT_EQ(targets.written(redis), Revision(7));
  set_state_record(6);
  ASSERT_TRUE(targets.connect(redis).ok());
  EXPECT_TRUE(targets.take_forgotten(redis));
  EXPECT_FALSE(targets.take_forgotten(redis));
}

TEST_F(TargetSetTest, NoticesWhatAStoreLostWhileNoEngineRan) {
  targets.note_written(redis, Revision(7));
  set_state_record(3);
  ASSERT_TRUE(targets.connect(redis).ok());
  EXPECT_TRUE(targets.take_forgotten(redis));
}

TEST_F(TargetSetTest, NoticesAFlushUnderAConnectionThatStands) {
  write(7);
  const auto connection = targets.connect(redis);
  ASSERT_TRUE(targets.check(**connection).ok());
  EXPECT_FALSE(targets.take_forgotten(redis));
  set_state_record(0);
  ASSERT_TRUE(targets.check(**connection).ok());
  EXPECT_TRUE(targets.take_forgotten(redis));
}

TEST_F(TargetSetTest, HasNothingAgainstAStoreThatKeptEverything) {
  write(7);
  ASSERT_TRUE(targets.connect(redis).ok());
  EXPECT_FALSE(targets.take_forgotten(redis));
}

TEST_F(TargetSetTest, TakesNoWriteThatCameAfterTheStateRecordWasReadForLost) {
  write(7);
  store.faults.set([&](std::string_view stage) -> Result<void> {
    if (stage == "redis.prepare done") targets.note_written(redis, Revision(9));
    return {};
  });
  ASSERT_TRUE(targets.connect(redis).ok());
  EXPECT_FALSE(targets.take_forgotten(redis));
}

TEST_F(TargetSetTest, AdoptsOnceAndNeverTakesBackWhatItLost) {
  TargetSet adopting({&connector}, plans, clock, /*adopt=*/true);
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
