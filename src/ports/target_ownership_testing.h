#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "ports/target_store_testing.h"

/// Promises about whose store it is, and about housekeeping: walks, tending, purging.
namespace syncline::ports {

TEST_P(TargetConformance, PreparingAgainReturnsTheHighestRevision) {
  write(70, {sample::note(notes_, 1, "a")});
  write(60, {sample::note(notes_, 2, "b")});
  const Result<StateRecord> state = connected()->prepare(plans_, false);
  ASSERT_TRUE(state.ok()) << state.error().text();
  EXPECT_EQ(state->revision.value, 70U);
}

TEST_P(TargetConformance, EveryAcknowledgedWriteIsCountedAndNoOther) {
  const auto counted = [&] { return connected()->prepare(plans_, false)->writes; };
  EXPECT_EQ(counted().at(notes_.name), 0U);
  uint64_t last = 0;
  for (const uint64_t revision : {10, 11, 9}) {  // refused as older is acknowledged
    const WriteOutcome outcome = write(revision, {sample::note(notes_, 1, "a")});
    EXPECT_GT(outcome.writes, last);
    last = outcome.writes;
  }
  EXPECT_GT(write(12, {sample::absent(notes_, 1)}).writes, last);
  last = counted().at(notes_.name);
  const std::vector<Image> images{sample::note(notes_, 1, "late")};
  const WriteBatch late = batch(notes_, 13, images);
  clock_.advance(std::chrono::hours(1));
  EXPECT_EQ(target_->write(late).error().kind(), ErrorKind::kTooOld);
  EXPECT_EQ(write(13, {}).writes, 0U);
  EXPECT_EQ(counted().at(notes_.name), last);
  EXPECT_EQ(counted().at(everything_.name), 0U);
}

TEST_P(TargetConformance, AStoreThatCountsFewerWritesThanTheWriterKnowsTakesNone) {
  const uint64_t writes = write(10, {sample::note(notes_, 1, "a")}).writes;
  const std::vector<Image> images{sample::note(notes_, 2, "b")};
  WriteBatch next = batch(notes_, 11, images);
  next.writes_before = writes + 1;
  const Result<WriteOutcome> refused = target_->write(next);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind(), ErrorKind::kTransient) << refused.error().text();
  expect_absent(2, 0);
  next.writes_before = writes;
  EXPECT_EQ(target_->write(next)->writes, writes + 1);
}

TEST_P(TargetConformance, TheCounterOfWritesIsRaisedAndNeverLowered) {
  constexpr uint64_t kFar = 5'000'000'000;
  ASSERT_TRUE(target_->raise_writes(notes_, kFar).ok());
  ASSERT_TRUE(target_->raise_writes(notes_, 3).ok());
  EXPECT_EQ(write(10, {sample::note(notes_, 1, "a")}).writes, kFar + 1);
  EXPECT_EQ(connected()->prepare(plans_, false)->writes.at(notes_.name), kFar + 1);
}

TEST_P(TargetConformance, RacingWritersCountEveryWriteOnce) {
  std::vector<std::unique_ptr<Target>> writers;
  for (int i = 0; i < 3; ++i) writers.push_back(prepared(plans_));
  std::mutex mutex;
  std::vector<uint64_t> counts;
  {
    std::vector<std::jthread> threads;
    for (size_t w = 0; w < writers.size(); ++w) {
      threads.emplace_back([&, w] {
        for (uint64_t i = 0; i < 10; ++i) {
          const uint64_t count =
              write_through(*writers[w], notes_, 10 + i, {sample::note(notes_, 1, "x")}).writes;
          const std::lock_guard lock(mutex);
          counts.push_back(count);
        }
      });
    }
  }
  std::sort(counts.begin(), counts.end());
  std::vector<uint64_t> expected(30);
  std::iota(expected.begin(), expected.end(), 1);
  EXPECT_EQ(counts, expected);
}

TEST_P(TargetConformance, AnEmptyTargetStartsAtRevision0) {
  const Result<StateRecord> state = target_->prepare(plans_, false);
  ASSERT_TRUE(state.ok()) << state.error().text();
  EXPECT_EQ(state->revision.value, 0U);
}

TEST_P(TargetConformance, AnotherPipelineServerOrEpochIsAConflictWithItsCure) {
  write(10, {sample::note(notes_, 1, "ours")});
  std::vector<Identity> strangers(3, kOwner);
  strangers[0].pipeline.value = "warehouse";
  strangers[1].server = "server-2";
  strangers[2].epoch = "epoch-2";
  for (const Identity& stranger : strangers) {
    const Result<StateRecord> state = connected(stranger)->prepare(plans_, false);
    ASSERT_FALSE(state.ok());
    EXPECT_EQ(state.error().kind(), ErrorKind::kConflict);
    EXPECT_NE(state.error().text().find("--adopt"), std::string::npos) << state.error().text();
  }
  EXPECT_EQ(write(11, {sample::note(notes_, 1, "still ours")}).written, 1U);
}

TEST_P(TargetConformance, AfterAdoptionTheOldOwnerIsRefused) {
  write(10, {sample::note(notes_, 1, "old owner")});
  Identity heir = kOwner;
  heir.epoch = "epoch-2";
  const std::unique_ptr<Target> adopted = connected(heir);
  const Result<StateRecord> state = adopted->prepare(plans_, true);
  ASSERT_TRUE(state.ok()) << state.error().text();
  EXPECT_EQ(state->revision.value, 10U);
  const std::vector<Image> images{sample::note(notes_, 1, "late")};
  const Result<WriteOutcome> late = target_->write(batch(notes_, 30, images));
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().kind(), ErrorKind::kConflict);
  expect_holds(10, sample::note(notes_, 1, "old owner"));
  const std::vector<Image> next{sample::note(notes_, 1, "heir")};
  EXPECT_EQ(write_through(*adopted, notes_, 20, next).written, 1U);
  expect_holds(20, next[0]);
}

TEST_P(TargetConformance, AStrangersRecordsAreRefusedUntilAdopted) {
  target_.reset();
  store_ = GetParam().make_store();
  store_->put_foreign(notes_, 1);
  target_ = connected();
  const Result<StateRecord> refused = target_->prepare(plans_, false);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind(), ErrorKind::kConflict);
  EXPECT_NE(refused.error().text().find("--adopt"), std::string::npos) << refused.error().text();
  const Result<StateRecord> adopted = target_->prepare(plans_, true);
  ASSERT_TRUE(adopted.ok()) << adopted.error().text();
  EXPECT_EQ(write(10, {sample::note(notes_, 1, "ours now")}).written, 1U);
  expect_holds(10, sample::note(notes_, 1, "ours now"));
}

TEST_P(TargetConformance, AForeignRecordIsNamedAndNeverTouched) {
  write(10, {sample::note(notes_, 1, "ours")});
  store_->put_foreign(notes_, 4711);
  const StoredRecord before = read(4711);
  EXPECT_TRUE(before.is_present);
  EXPECT_TRUE(before.is_foreign);
  EXPECT_EQ(before.revision.value, 0U);
  const WriteOutcome outcome = write(11, {sample::note(notes_, 4711, "not ours")});
  ASSERT_EQ(outcome.refused.size(), 1U);
  EXPECT_EQ(outcome.refused[0].reason, OwedReason::kRefused);
  EXPECT_NE(outcome.refused[0].detail.find("4711"), std::string::npos) << outcome.refused[0].detail;
  ASSERT_EQ(write(12, {sample::absent(notes_, 4711)}).refused.size(), 1U);
  EXPECT_EQ(read(4711).content, before.content);
  const WalkPage page = walk(notes_, 0, 10);
  EXPECT_EQ(page.keys, std::vector<DocumentKey>{sample::key(notes_, 1)});
  ASSERT_EQ(page.foreign.size(), 1U);
  EXPECT_NE(page.foreign[0].find("4711"), std::string::npos) << page.foreign[0];
}

TEST_P(TargetConformance, AWalkBelowARevisionFindsOnlyWhatIsLower) {
  std::vector<Image> old;
  std::vector<Image> fresh;
  for (int64_t id = 0; id < 40; ++id) {
    (id % 4 == 0 ? old : fresh).push_back(sample::note(notes_, id, "x"));
  }
  write(10, old);
  write(20, fresh);
  WalkPage page = walk(notes_, 20, 7);
  std::sort(page.keys.begin(), page.keys.end());
  std::vector<DocumentKey> want;
  for (const Image& image : old) want.push_back(image.key);
  std::sort(want.begin(), want.end());
  EXPECT_EQ(page.keys, want);
  for (const Revision revision : page.revisions) EXPECT_EQ(revision.value, 10U);
}

TEST_P(TargetConformance, AWalkDoesNotMeetOtherTypesOrTombstones) {
  write(10, {sample::note(notes_, 1, "a"), sample::absent(notes_, 2)});
  write(everything_, 10, {{sample::key(everything_, 3), sample::null_record()}});
  ASSERT_TRUE(target_->raise_floor(notes_, Revision(9)).ok());
  const WalkPage page = walk(notes_, 0, 10);
  EXPECT_EQ(page.keys, std::vector<DocumentKey>{sample::key(notes_, 1)});
  EXPECT_EQ(page.foreign, std::vector<std::string>());
}

TEST_P(TargetConformance, TendingKeepsYoungTombstonesAndNewerRecords) {
  write(10, {sample::absent(notes_, 1), sample::absent(notes_, 2)});
  write(11, {sample::note(notes_, 2, "back")});
  for (const bool everything : {false, true}) {
    const Result<void> tended = target_->tend(plans_, everything);
    ASSERT_TRUE(tended.ok()) << tended.error().text();
    EXPECT_EQ(write(9, {sample::note(notes_, 1, "old")}).older, 1U);
    expect_absent(1, 10);
    expect_holds(11, sample::note(notes_, 2, "back"));
  }
}

TEST_P(TombstoneExpiry, OldTombstonesExpireAndFloorsStay) {
  ASSERT_TRUE(target_->raise_floor(notes_, Revision(5)).ok());
  write(10, {sample::absent(notes_, 1)});
  clock_.advance(std::chrono::hours(24));
  write(20, {sample::absent(notes_, 2), sample::note(notes_, 3, "here")});
  const Result<void> tended = target_->tend(plans_, false);
  ASSERT_TRUE(tended.ok()) << tended.error().text();
  expect_absent(1, 0);
  expect_absent(2, 20);
  expect_holds(20, sample::note(notes_, 3, "here"));
  EXPECT_EQ(write(4, {sample::note(notes_, 1, "below the floor")}).older, 1U);
}

TEST_P(TargetConformance, PurgeForgetsRecordsTombstonesAndFloorOfOneType) {
  const Image other{sample::key(everything_, 1), sample::null_record()};
  write(everything_, 10, {other});
  write(10,
        {sample::note(notes_, 1, "a"), sample::note(notes_, 2, "b"), sample::absent(notes_, 3)});
  ASSERT_TRUE(target_->raise_floor(notes_, Revision(9)).ok());
  const Result<uint64_t> purged = target_->purge(notes_);
  ASSERT_TRUE(purged.ok()) << purged.error().text();
  EXPECT_EQ(*purged, 2U);
  for (const int64_t id : {1, 2, 3}) expect_absent(id, 0);
  expect_holds(everything_, 10, other);
  ASSERT_TRUE(target_->prepare(plans_, false).ok());
  EXPECT_EQ(write(5, {sample::note(notes_, 1, "again"), sample::note(notes_, 3, "again")}).written,
            2U);
}

TEST_P(TargetConformance, AnAbsentStoreIsTransientWithinSeconds) {
  const std::unique_ptr<TargetConnector> nowhere = store_->connector_to_nowhere(clock_);
  const auto begin = std::chrono::steady_clock::now();
  Result<std::unique_ptr<Target>> target = nowhere->connect();
  const Result<StateRecord> state =
      target.ok() ? (*target)->prepare(plans_, false) : Result<StateRecord>(target.error());
  ASSERT_FALSE(state.ok());
  EXPECT_EQ(state.error().kind(), ErrorKind::kTransient) << state.error().text();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(6));
}

}  // namespace syncline::ports
