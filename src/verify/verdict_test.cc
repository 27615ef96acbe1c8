#include "verify/verdict.h"

#include <gtest/gtest.h>

namespace syncline::verify {
namespace {

using document::Revision;

/// A key of view 100 whose record, of revision 50, differs; the newest number is 200.
class Judge : public testing::Test {
 protected:
  Judge() {
    stored.is_present = true;
    stored.revision = Revision(50);
    evidence.view = Revision(100);
    evidence.newest = Revision(200);
    evidence.is_in_source = true;
    evidence.stored = &stored;
  }
  void make_absent(uint64_t tombstone = 0) {
    stored = {.tombstone = Revision(tombstone)};
    evidence.stored = &stored;
  }
  Verdict verdict() const { return judge(evidence); }

  ports::StoredRecord stored;
  Evidence evidence;
};

TEST_F(Judge, CallsARevisionThatWasNeverHandedOutAFaultWhateverTheContent) {
  stored.revision = Revision(201);
  evidence.is_content_equal = true;
  evidence.is_dirty = evidence.is_owed = true;
  evidence.is_loaded = false;
  EXPECT_EQ(verdict(), Verdict::kFuture);
  make_absent(201);
  evidence.is_in_source = false;
  EXPECT_EQ(verdict(), Verdict::kFuture);
}

TEST_F(Judge, TakesTheNewestNumberItselfForHandedOut) {
  stored.revision = Revision(200);
  EXPECT_EQ(verdict(), Verdict::kLag);
}

TEST_F(Judge, LooksAgainAtARecordOlderThanItsTombstoneEvenWhenItsContentIsEqual) {
  stored.tombstone = Revision(60);
  evidence.is_content_equal = true;
  EXPECT_EQ(verdict(), Verdict::kLag);
}

TEST_F(Judge, CallsARecordThatNobodyTookBackAFaultAfterTheFence) {
  stored.tombstone = Revision(60);
  evidence.is_content_equal = true;
  evidence.is_unchanged_after_fence = true;
  EXPECT_EQ(verdict(), Verdict::kStale);
  evidence.is_in_source = false;
  EXPECT_EQ(verdict(), Verdict::kExtra);
}

TEST_F(Judge, NeverCallsADirtyRecordOlderThanItsTombstoneAFault) {
  stored.tombstone = Revision(60);
  evidence.is_in_source = false;
  evidence.is_unchanged_after_fence = true;
  evidence.is_dirty = true;
  EXPECT_EQ(verdict(), Verdict::kLag);
  evidence.is_dirty = false;
  evidence.is_owed = true;
  EXPECT_EQ(verdict(), Verdict::kOwed);
}

TEST_F(Judge, CallsEqualContentGoodWhateverIsPending) {
  evidence.is_content_equal = true;
  evidence.is_dirty = evidence.is_owed = true;
  evidence.is_loaded = false;
  EXPECT_EQ(verdict(), Verdict::kGood);
  stored.revision = Revision(150);
  EXPECT_EQ(verdict(), Verdict::kGood);
}

TEST_F(Judge, CallsAbsentInBothGood) {
  make_absent(70);
  evidence.is_in_source = false;
  EXPECT_EQ(verdict(), Verdict::kGood);
}

TEST_F(Judge, HasNothingAgainstARecordThatWasBornAfterItsTombstone) {
  stored.tombstone = Revision(40);
  evidence.is_content_equal = true;
  EXPECT_EQ(verdict(), Verdict::kGood);
}

TEST_F(Judge, LeavesWhatTheLoadHasNotReachedUnverified) {
  evidence.is_loaded = false;
  evidence.is_owed = evidence.is_dirty = true;
  EXPECT_EQ(verdict(), Verdict::kNotLoaded);
  make_absent();
  evidence.may_expire = true;
  EXPECT_EQ(verdict(), Verdict::kNotLoaded);
}

TEST_F(Judge, LooksAgainAtARecordThatMovedOnDuringALoad) {
  evidence.is_loaded = false;
  stored.revision = Revision(101);
  EXPECT_EQ(verdict(), Verdict::kLag);
}

TEST_F(Judge, LeavesOwedKeysUnverified) {
  evidence.is_owed = evidence.is_dirty = true;
  EXPECT_EQ(verdict(), Verdict::kOwed);
  make_absent();
  evidence.may_expire = true;
  EXPECT_EQ(verdict(), Verdict::kOwed);
}

TEST_F(Judge, LeavesAbsentRecordsThatMayExpireUnverified) {
  make_absent();
  evidence.may_expire = true;
  evidence.is_dirty = true;
  EXPECT_EQ(verdict(), Verdict::kExpired);
}

TEST_F(Judge, DoesNotExcuseADifferenceWithExpiry) {
  evidence.may_expire = true;
  EXPECT_EQ(verdict(), Verdict::kCorrupt);
  evidence.is_in_source = false;
  EXPECT_EQ(verdict(), Verdict::kExtra);
}

TEST_F(Judge, LooksAgainAtADirtyKey) {
  evidence.is_dirty = true;
  EXPECT_EQ(verdict(), Verdict::kLag);
}

TEST_F(Judge, LooksAgainAtARecordOrTombstoneThatMovedOn) {
  stored.revision = Revision(101);
  EXPECT_EQ(verdict(), Verdict::kLag);
  make_absent(101);
  EXPECT_EQ(verdict(), Verdict::kLag);
}

TEST_F(Judge, CallsARowWithoutRecordMissing) {
  make_absent(100);
  EXPECT_EQ(verdict(), Verdict::kMissing);
}

TEST_F(Judge, CallsARowWhosePlaceIsTakenByAForeignRecordMissing) {
  stored = {.is_present = true, .is_foreign = true};
  evidence.is_content_equal = true;
  EXPECT_EQ(verdict(), Verdict::kMissing);
  evidence.is_in_source = false;
  EXPECT_EQ(verdict(), Verdict::kGood);
}

TEST_F(Judge, CallsARecordWithoutRowExtra) {
  evidence.is_in_source = false;
  evidence.due = Revision(60);
  EXPECT_EQ(verdict(), Verdict::kExtra);
}

TEST_F(Judge, TellsStaleFromCorruptByWhatTheRecordShouldHaveReached) {
  evidence.due = Revision(51);
  EXPECT_EQ(verdict(), Verdict::kStale);
  evidence.due = Revision(50);
  EXPECT_EQ(verdict(), Verdict::kCorrupt);
}

}  // namespace
}  // namespace syncline::verify
