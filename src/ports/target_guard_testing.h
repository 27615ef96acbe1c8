#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <barrier>
#include <random>
#include <thread>
#include <vector>

#include "ports/target_store_testing.h"

/// Promises about revisions, tombstones, floors and the age fence.
namespace syncline::ports {

using sample::absent;
using sample::note;

TEST_P(TargetConformance, ANewerWriteReplaces) {
  EXPECT_EQ(write(10, {note(notes_, 1, "first")}).written, 1U);
  EXPECT_EQ(write(11, {note(notes_, 1, "second")}).written, 1U);
  expect_holds(11, note(notes_, 1, "second"));
}

TEST_P(TargetConformance, AnOlderWriteIsRefusedAndCounted) {
  write(20, {note(notes_, 1, "new")});
  const WriteOutcome outcome = write(19, {note(notes_, 1, "old"), note(notes_, 2, "other")});
  EXPECT_EQ(outcome.older, 1U);
  EXPECT_EQ(outcome.written, 1U);
  expect_holds(20, note(notes_, 1, "new"));
  expect_holds(19, note(notes_, 2, "other"));
}

TEST_P(TargetConformance, AnEqualRevisionIsIdempotent) {
  for (int i = 0; i < 2; ++i) {
    const WriteOutcome outcome = write(10, {note(notes_, 1, "same"), absent(notes_, 2)});
    EXPECT_EQ(outcome.written, 1U);
    EXPECT_EQ(outcome.removed, 1U);
  }
  expect_holds(10, note(notes_, 1, "same"));
  expect_absent(2, 10);
}

TEST_P(TargetConformance, RevisionsAsLargeAsTheYear2254AreExact) {
  constexpr uint64_t kLarge = (uint64_t{1} << 53) - 2;
  write(kLarge, {note(notes_, 1, "late"), absent(notes_, 2)});
  EXPECT_EQ(write(kLarge - 1, {note(notes_, 1, "old"), note(notes_, 2, "old")}).older, 2U);
  EXPECT_EQ(write(kLarge + 1, {note(notes_, 1, "later")}).written, 1U);
  expect_holds(kLarge + 1, note(notes_, 1, "later"));
  expect_absent(2, kLarge);
}

TEST_P(TargetConformance, ADeleteLeavesATombstone) {
  write(10, {note(notes_, 1, "here")});
  EXPECT_EQ(write(11, {absent(notes_, 1)}).removed, 1U);
  expect_absent(1, 11);
}

TEST_P(TargetConformance, ADeleteOfAnAbsentKeyLeavesATombstone) {
  EXPECT_EQ(write(10, {absent(notes_, 1)}).removed, 1U);
  expect_absent(1, 10);
  EXPECT_EQ(write(9, {note(notes_, 1, "old")}).older, 1U);
  expect_absent(1, 10);
}

TEST_P(TargetConformance, AnOlderDeleteIsRefused) {
  write(10, {note(notes_, 1, "here")});
  EXPECT_EQ(write(9, {absent(notes_, 1)}).older, 1U);
  expect_holds(10, note(notes_, 1, "here"));
}

TEST_P(TargetConformance, ATombstoneOnlyRises) {
  write(20, {absent(notes_, 1)});
  write(19, {absent(notes_, 1)});
  expect_absent(1, 20);
  write(21, {absent(notes_, 1)});
  expect_absent(1, 21);
}

TEST_P(TargetConformance, AnOlderWriteDoesNotResurrect) {
  write(10, {note(notes_, 1, "here")});
  write(20, {absent(notes_, 1)});
  EXPECT_EQ(write(15, {note(notes_, 1, "stale")}).older, 1U);
  expect_absent(1, 20);
}

TEST_P(TargetConformance, ANewerWriteBringsADeletedKeyBack) {
  write(10, {absent(notes_, 1)});
  EXPECT_EQ(write(11, {note(notes_, 1, "back")}).written, 1U);
  expect_holds(11, note(notes_, 1, "back"));
  EXPECT_LT(read(1).tombstone.value, 11U);
}

TEST_P(TargetConformance, TheFloorRefusesWhatIsBelow) {
  ASSERT_TRUE(target_->raise_floor(notes_, Revision(50)).ok());
  const WriteOutcome outcome = write(49, {note(notes_, 1, "old"), absent(notes_, 2)});
  EXPECT_EQ(outcome.older, 2U);
  EXPECT_FALSE(read(1).is_present);
  EXPECT_EQ(write(50, {note(notes_, 1, "at the floor")}).written, 1U);
  expect_holds(50, note(notes_, 1, "at the floor"));
}

TEST_P(TargetConformance, TheFloorOnlyRisesAndIsNoKeysOwnTombstone) {
  ASSERT_TRUE(target_->raise_floor(notes_, Revision(50)).ok());
  ASSERT_TRUE(target_->raise_floor(notes_, Revision(40)).ok());
  EXPECT_EQ(write(45, {note(notes_, 1, "old")}).older, 1U);
  expect_absent(1, 0);
}

TEST_P(TargetConformance, TheFloorCoversRecordsAndDeletedKeysOfItsTypeOnly) {
  write(10, {note(notes_, 1, "here")});
  write(11, {absent(notes_, 2)});
  ASSERT_TRUE(target_->raise_floor(notes_, Revision(50)).ok());
  EXPECT_EQ(write(30, {note(notes_, 1, "old"), note(notes_, 2, "old")}).older, 2U);
  expect_holds(10, note(notes_, 1, "here"));
  EXPECT_FALSE(read(2).is_present);
  const Image other{sample::key(everything_, 1), sample::null_record()};
  EXPECT_EQ(write(everything_, 30, {other}).written, 1U);
}

TEST_P(TargetConformance, ABatchPastTheAgeFenceWritesNothing) {
  const std::vector<Image> images{note(notes_, 1, "late"), absent(notes_, 2)};
  const WriteBatch old = batch(notes_, 10, images);
  clock_.advance(std::chrono::seconds(61));
  const Result<WriteOutcome> outcome = target_->write(old);
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().kind(), ErrorKind::kTooOld);
  expect_absent(1, 0);
  expect_absent(2, 0);
  EXPECT_EQ(write(10, images).written, 1U);
}

TEST_P(TargetConformance, AnEmptyBatchIsAcknowledged) { write(10, {}); }

TEST_P(TargetConformance, FromTheFutureReplacesOnlyOnEquality) {
  write(900, {note(notes_, 1, "bogus"), absent(notes_, 2)});
  const Image good = note(notes_, 1, "good");
  ASSERT_TRUE(target_->replace_from_future(notes_, good, Revision(20), Revision(899)).ok());
  expect_holds(900, note(notes_, 1, "bogus"));
  ASSERT_TRUE(target_->replace_from_future(notes_, good, Revision(20), Revision(900)).ok());
  expect_holds(20, good);
  const Image back = note(notes_, 2, "back");
  ASSERT_TRUE(target_->replace_from_future(notes_, back, Revision(20), Revision(901)).ok());
  expect_absent(2, 900);
  ASSERT_TRUE(target_->replace_from_future(notes_, back, Revision(20), Revision(900)).ok());
  expect_holds(20, back);
  EXPECT_EQ(write(21, {note(notes_, 1, "next"), note(notes_, 2, "next")}).written, 2U);
}

TEST_P(TargetConformance, FromTheFutureRemovesWhatTheViewDoesNotHave) {
  write(900, {note(notes_, 1, "bogus"), absent(notes_, 2)});
  for (const int64_t id : {1, 2}) {
    const Image gone = absent(notes_, id);
    ASSERT_TRUE(target_->replace_from_future(notes_, gone, Revision(20), Revision(900)).ok());
    expect_absent(id, 20);
    EXPECT_EQ(write(19, {note(notes_, id, "old")}).older, 1U);
    EXPECT_EQ(write(21, {note(notes_, id, "new")}).written, 1U);
  }
}

/// What revision `r` says of a key, the same in every writer: absent every second time or so.
inline Image image_in_race(const DocumentPlan& plan, int64_t id, uint64_t r) {
  if (((r * 2654435761U) >> 7 ^ static_cast<uint64_t>(id) * 40503U >> 3) % 2 == 0) {
    return absent(plan, id);
  }
  return note(plan, id, "at " + std::to_string(r));
}

// Only what overlaps the newest write of a key can go wrong for good, and repeating that write
// would mend it. So: many short races, each over keys of its own, both writers begin each at once,
// and each revision is written once.
TEST_P(TargetConformance, RacingWritersEndAtTheHighestRevision) {
  constexpr int64_t kRaces = 120;
  constexpr int64_t kKeys = 6;
  constexpr uint64_t kLast = 1003;
  std::barrier start(2);
  const auto write_all = [&](Target& target, uint64_t writer, unsigned seed) {
    std::mt19937 random(seed);
    for (int64_t race = 0; race < kRaces; ++race) {
      const uint64_t first = 1000 + (static_cast<uint64_t>(race) + writer) % 2;
      std::vector<uint64_t> revisions{first, first + 2};
      std::shuffle(revisions.begin(), revisions.end(), random);
      start.arrive_and_wait();
      for (const uint64_t r : revisions) {
        std::vector<Image> images;
        for (int64_t id = race * kKeys; id < (race + 1) * kKeys; ++id) {
          images.push_back(image_in_race(notes_, id, r));
        }
        write_through(target, notes_, r, images);
      }
    }
  };
  const std::unique_ptr<Target> second = prepared(plans_);
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::jthread racer([&] { write_all(*second, 1, seed); });
  write_all(*target_, 0, seed + 1);
  racer.join();
  for (int64_t id = 0; id < kRaces * kKeys; ++id) {
    const Image last = image_in_race(notes_, id, kLast);
    if (last.record) {
      expect_holds(kLast, last);
    } else {
      expect_absent(id, kLast);
    }
  }
}

}  // namespace syncline::ports
