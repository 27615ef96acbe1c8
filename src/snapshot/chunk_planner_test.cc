#include "snapshot/chunk_planner.h"

#include <gtest/gtest.h>

namespace syncline::snapshot {
namespace {

using ports::Chunk;

const TargetName kMongo("mongodb");
const TargetName kRedis("redis");

std::optional<DocumentKey> key(const char* text) { return DocumentKey(text); }

Chunk chunk(uint64_t number, std::optional<DocumentKey> after, std::optional<DocumentKey> last,
            bool is_done) {
  return {.number = number, .range = {std::move(after), std::move(last)}, .is_done = is_done};
}

TEST(ChunkPlanner, ChainsItsChunksFromOneOpenEndToTheOther) {
  ChunkPlanner planner;
  ASSERT_TRUE(planner.add(kRedis, {}).ok());
  std::vector<Task> tasks;
  for (const auto& last : {key("f"), key("m"), std::optional<DocumentKey>()}) {
    tasks.push_back(planner.chunk_to(last));
    planner.take(tasks.back());
  }
  EXPECT_FALSE(planner.place());
  EXPECT_FALSE(tasks[0].chunk.range.after);
  EXPECT_EQ(tasks[1].chunk.range.after, tasks[0].chunk.range.last);
  EXPECT_EQ(tasks[2].chunk.range.after, tasks[1].chunk.range.last);
  EXPECT_FALSE(tasks[2].chunk.range.last);
  EXPECT_EQ(tasks[2].chunk.number, 2u);
}

TEST(ChunkPlanner, ResumesAfterTheLastFinishedChunk) {
  ChunkPlanner planner;
  const std::vector<Chunk> chunks{chunk(0, {}, key("f"), true), chunk(1, key("f"), key("m"), true)};
  ASSERT_TRUE(planner.add(kRedis, chunks).ok());
  EXPECT_FALSE(planner.next_claimed());
  EXPECT_EQ(planner.place()->number, 2u);
  EXPECT_EQ(planner.place()->after, key("m"));
}

TEST(ChunkPlanner, RepeatsWhatWasClaimedAndNotFinished) {
  ChunkPlanner planner;
  const std::vector<Chunk> chunks{chunk(0, {}, key("f"), false), chunk(1, key("f"), {}, true)};
  ASSERT_TRUE(planner.add(kRedis, chunks).ok());
  const auto task = planner.next_claimed();
  ASSERT_TRUE(task);
  EXPECT_EQ(task->chunk.number, 0u);
  EXPECT_EQ(task->chunk.range.last, key("f"));
  EXPECT_FALSE(planner.next_claimed());
  EXPECT_FALSE(planner.place());  // the last chunk was open-ended
}

TEST(ChunkPlanner, TargetsAtTheSamePlaceShareTheirChunks) {
  ChunkPlanner planner;
  const std::vector<Chunk> first{chunk(0, {}, key("f"), true), chunk(1, key("f"), key("m"), false)};
  const std::vector<Chunk> second{chunk(0, {}, key("f"), false),
                                  chunk(1, key("f"), key("m"), false)};
  ASSERT_TRUE(planner.add(kMongo, first).ok());
  ASSERT_TRUE(planner.add(kRedis, second).ok());
  EXPECT_EQ(planner.next_claimed()->targets, (std::vector{kMongo, kRedis}));  // chunk 1
  EXPECT_EQ(planner.next_claimed()->targets, std::vector{kRedis});            // chunk 0
  EXPECT_EQ(planner.place()->targets, (std::vector{kMongo, kRedis}));
}

TEST(ChunkPlanner, ATargetThatFellBehindGoesItsOwnWay) {
  ChunkPlanner planner;
  const std::vector<Chunk> ahead{chunk(0, {}, key("f"), true), chunk(1, key("f"), key("m"), true)};
  const std::vector<Chunk> behind{chunk(0, {}, key("f"), true)};
  ASSERT_TRUE(planner.add(kMongo, ahead).ok());
  ASSERT_TRUE(planner.add(kRedis, behind).ok());
  EXPECT_EQ(planner.place()->targets, std::vector{kMongo});
  planner.take(planner.chunk_to({}));
  EXPECT_EQ(planner.place()->after, key("f"));
  EXPECT_EQ(planner.place()->targets, std::vector{kRedis});
}

TEST(ChunkPlanner, LeavesOutATargetThatWasGivenUp) {
  ChunkPlanner planner;
  const std::vector<Chunk> chunks{chunk(0, {}, key("f"), false)};
  ASSERT_TRUE(planner.add(kMongo, chunks).ok());
  ASSERT_TRUE(planner.add(kRedis, chunks).ok());
  planner.give_up(kRedis);
  EXPECT_EQ(planner.next_claimed()->targets, std::vector{kMongo});
  planner.give_up(kMongo);
  EXPECT_FALSE(planner.place());
}

TEST(ChunkPlanner, RefusesChunksThatDoNotChain) {
  for (const auto& chunks :
       {std::vector{chunk(1, {}, {}, true)},
        std::vector{chunk(0, {}, key("f"), true), chunk(1, key("g"), {}, true)},
        std::vector{chunk(0, {}, {}, true), chunk(1, {}, {}, true)}}) {
    ChunkPlanner planner;
    EXPECT_EQ(planner.add(kRedis, chunks).error().kind(), ErrorKind::kCorrupt);
  }
}

}  // namespace
}  // namespace syncline::snapshot
