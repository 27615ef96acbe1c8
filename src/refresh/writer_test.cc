#include "refresh/writer.h"

#include <gtest/gtest.h>

#include <latch>

#include "ports/memory_testing.h"

namespace syncline::refresh {
namespace {

using ports::ManualClock;
using ports::MemoryConnector;
using ports::MemoryStore;

class WriterTest : public testing::Test {
 protected:
  Batch batch_of(const std::string& key) {
    return {.revision = Revision(++revision),
            .taken_on = clock.boot_now(),
            .parts = {{&plans[0], {{DocumentKey(key), document::Record{{key, "v", "g"}}}}}}};
  }
  std::vector<TargetOutcome> write(const std::string& key) {
    return writer.write(batch_of(key), targets.names());
  }
  /// Until the background has connected again.
  void write_until_redis_answers() {
    while (write("x")[1].error) clock.move(std::chrono::seconds(2));
  }

  ManualClock clock;
  std::vector<DocumentPlan> plans{ports::memory_plan("orders")};
  MemoryStore mongo_store{clock}, redis_store{clock};
  MemoryConnector mongo{"mongodb", mongo_store}, redis{"redis", redis_store};
  ports::MemoryDatabase database{clock, plans};
  TargetSet targets{{&mongo, &redis}, plans, clock, database};
  Writer writer{targets, clock};
  uint64_t revision = 0;
};

TEST_F(WriterTest, WritesToTheTargetsSideBySide) {
  std::latch both(2);  // either one alone would wait for ever
  const auto meet = [&](std::string_view stage) -> Result<void> {
    if (stage.ends_with(".write")) both.arrive_and_wait();
    return {};
  };
  mongo_store.faults.set(meet);
  redis_store.faults.set(meet);
  for (const auto& outcome : write("a")) EXPECT_FALSE(outcome.error);
  EXPECT_EQ(mongo_store.documents(plans[0].name).size(), 1u);
  EXPECT_EQ(redis_store.documents(plans[0].name).size(), 1u);
}

TEST_F(WriterTest, WritesAgainOverANewConnectionWhenTheStoreWasRestarted) {
  write("a");
  redis_store.next_write_error = transient("connection reset");
  EXPECT_FALSE(write("b")[1].error);
  EXPECT_EQ(redis_store.documents(plans[0].name).size(), 2u);
}

TEST_F(WriterTest, AnAwayTargetDoesNotHoldUpTheOthers) {
  redis_store.set_away(true);
  EXPECT_TRUE(write("a")[1].error->is_transient());
  EXPECT_FALSE(targets.is_up(redis.name()));
  std::latch released(1);
  redis_store.faults.set([&](std::string_view stage) -> Result<void> {
    if (stage == "redis.connect") released.wait();
    return {};
  });
  clock.move(std::chrono::seconds(2));
  for (const auto* key : {"b", "c"}) {  // the first one begins to connect, and both return
    const auto outcomes = write(key);
    EXPECT_FALSE(outcomes[0].error);
    EXPECT_TRUE(outcomes[1].error->is_transient());
  }
  released.count_down();
  EXPECT_EQ(mongo_store.documents(plans[0].name).size(), 3u);
}

TEST_F(WriterTest, TriesAnAwayTargetAtMostOnceASecond) {
  redis_store.set_away(true);
  std::atomic<int> tries{0};
  redis_store.faults.set([&](std::string_view stage) -> Result<void> {
    if (stage == "redis.connect") ++tries;
    return {};
  });
  for (int i = 0; i < 20; ++i) write("a");
  EXPECT_EQ(tries, 1);
  EXPECT_FALSE(writer.connection(redis.name()).ok());
  EXPECT_EQ(tries, 1);
}

TEST_F(WriterTest, GoesOnWithATargetThatCameBack) {
  redis_store.set_away(true);
  write("a");
  redis_store.set_away(false);
  write_until_redis_answers();
  EXPECT_TRUE(targets.is_up(redis.name()));
  EXPECT_TRUE(redis_store.documents(plans[0].name).contains(DocumentKey("x")));
}

TEST_F(WriterTest, SaysThatTheStoreWhichCameBackIsForeign) {
  redis_store.set_away(true);
  write("a");
  redis_store.set_away(false);
  redis_store.faults.set([&](std::string_view stage) -> Result<void> {
    if (stage == "redis.prepare") return conflict("another pipeline's");
    return {};
  });
  std::optional<Error> error;
  do {
    clock.move(std::chrono::seconds(2));
    error = write("b")[1].error;
  } while (error && error->is_transient());
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::kConflict);
}

TEST_F(WriterTest, KeepsATargetThatRefusesAnOldBatch) {
  const Batch batch = batch_of("a");
  clock.move(std::chrono::seconds(61));
  const auto outcomes = writer.write(batch, targets.names());
  EXPECT_EQ(outcomes[1].error->kind(), ErrorKind::kTooOld);
  EXPECT_TRUE(targets.is_up(redis.name()));
  EXPECT_FALSE(write("a")[1].error);
}

}  // namespace
}  // namespace syncline::refresh
