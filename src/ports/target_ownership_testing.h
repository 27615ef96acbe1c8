#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "ports/target_store_testing.h"

/// Promises about whose store it is, and about housekeeping: walks, tending, purging.
namespace syncline::ports {

TEST_P(TargetConformance, PreparingAgainReturnsTheHighestRevision) {
  write(70, {sample::note(notes_, 1, "a")});
  write(60, {sample::note(notes_, 2, "b")});
  const Result<Revision> revision = connected()->prepare(plans_, false);
  ASSERT_TRUE(revision.ok()) << revision.error().text();
  EXPECT_EQ(revision->value, 70U);
}

TEST_P(TargetConformance, AnEmptyTargetStartsAtRevision0) {
  const Result<Revision> revision = target_->prepare(plans_, false);
  ASSERT_TRUE(revision.ok()) << revision.error().text();
  EXPECT_EQ(revision->value, 0U);
}

TEST_P(TargetConformance, AnotherPipelineServerOrEpochIsAConflictWithItsCure) {
  write(10, {sample::note(notes_, 1, "ours")});
  std::vector<Identity> strangers(3, kOwner);
  strangers[0].pipeline.value = "warehouse";
  strangers[1].server = "server-2";
  strangers[2].epoch = "epoch-2";
  for (const Identity& stranger : strangers) {
    const Result<Revision> revision = connected(stranger)->prepare(plans_, false);
    ASSERT_FALSE(revision.ok());
    EXPECT_EQ(revision.error().kind(), ErrorKind::kConflict);
    EXPECT_NE(revision.error().text().find("--adopt"), std::string::npos)
        << revision.error().text();
  }
  EXPECT_EQ(write(11, {sample::note(notes_, 1, "still ours")}).written, 1U);
}

TEST_P(TargetConformance, AfterAdoptionTheOldOwnerIsRefused) {
  write(10, {sample::note(notes_, 1, "old owner")});
  Identity heir = kOwner;
  heir.epoch = "epoch-2";
  const std::unique_ptr<Target> adopted = connected(heir);
  const Result<Revision> revision = adopted->prepare(plans_, true);
  ASSERT_TRUE(revision.ok()) << revision.error().text();
  EXPECT_EQ(revision->value, 10U);
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
  const Result<Revision> refused = target_->prepare(plans_, false);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind(), ErrorKind::kConflict);
  EXPECT_NE(refused.error().text().find("--adopt"), std::string::npos) << refused.error().text();
  const Result<Revision> adopted = target_->prepare(plans_, true);
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
  const Result<Revision> revision =
      target.ok() ? (*target)->prepare(plans_, false) : Result<Revision>(target.error());
  ASSERT_FALSE(revision.ok());
  EXPECT_EQ(revision.error().kind(), ErrorKind::kTransient) << revision.error().text();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(6));
}

}  // namespace syncline::ports
