#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/manual_clock_testing.h"
#include "ports/sample_documents_testing.h"
#include "ports/target.h"

namespace syncline::ports {

using document::KeyLayout;
using document::Record;
using document::TypeKind;
using document::Value;

/// A clean place in a real store (a database or prefix of its own), removed by the destructor.
class StoreUnderTest {
 public:
  virtual ~StoreUnderTest() = default;

  /// A connector onto this place with default options, but for document_bytes_max: kTooLarge.
  virtual std::unique_ptr<TargetConnector> connector(const Identity& identity, Clock& clock) = 0;
  static constexpr uint64_t kTooLarge = 1u << 20;

  /// A connector to an address on this machine where nothing listens.
  virtual std::unique_ptr<TargetConnector> connector_to_nowhere(Clock& clock) = 0;

  /// Puts a record without a revision of ours where the record of `id` (notes()) would be.
  virtual void put_foreign(const DocumentPlan& plan, int64_t id) = 0;
};

/// One kind of target that must keep every promise.
struct ConformanceCase {
  std::string name;
  std::function<std::unique_ptr<StoreUnderTest>()> make_store;
};

inline void PrintTo(const ConformanceCase& kind, std::ostream* out) { *out << kind.name; }

class TargetConformance : public testing::TestWithParam<ConformanceCase> {
 protected:
  using Milliseconds = std::chrono::milliseconds;

  static inline const Identity kOwner{document::PipelineName("shop"), "server-1", "epoch-1"};

  void SetUp() override {
    store_ = GetParam().make_store();
    target_ = prepared(plans_);
    ASSERT_NE(target_, nullptr);
  }

  /// A connection of its own, for `owner`, not prepared.
  std::unique_ptr<Target> connected(const Identity& owner = kOwner) {
    connectors_.push_back(store_->connector(owner, clock_));
    Result<std::unique_ptr<Target>> target = connectors_.back()->connect();
    EXPECT_TRUE(target.ok()) << target.error().text();
    return target.ok() ? std::move(*target) : nullptr;
  }

  std::unique_ptr<Target> prepared(const std::vector<DocumentPlan>& plans) {
    std::unique_ptr<Target> target = connected();
    if (target == nullptr) return nullptr;
    const Result<StateRecord> state = target->prepare(plans, /*adopt=*/false);
    EXPECT_TRUE(state.ok()) << state.error().text();
    return target;
  }

  /// Writes through `target` a batch that was taken on just now; a failure fails the test.
  WriteOutcome write_through(Target& target, const DocumentPlan& plan, uint64_t revision,
                             const std::vector<Image>& images) {
    const Result<WriteOutcome> outcome = target.write(batch(plan, revision, images));
    if (!outcome.ok()) {
      ADD_FAILURE() << outcome.error().text();
      return {};
    }
    EXPECT_EQ(outcome->written + outcome->removed + outcome->older + outcome->refused.size(),
              images.size());
    return *outcome;
  }
  WriteOutcome write(const DocumentPlan& plan, uint64_t revision,
                     const std::vector<Image>& images) {
    return write_through(*target_, plan, revision, images);
  }
  /// The same for notes() with integer keys.
  WriteOutcome write(uint64_t revision, const std::vector<Image>& images) {
    return write(notes_, revision, images);
  }

  WriteBatch batch(const DocumentPlan& plan, uint64_t revision, const std::vector<Image>& images) {
    return {.plan = plan,
            .revision = Revision(revision),
            .taken_on = clock_.boot_now(),
            .images = images};
  }

  StoredRecord read(const DocumentPlan& plan, const DocumentKey& key) {
    const Result<std::vector<StoredRecord>> records = target_->read(plan, {&key, 1});
    if (!records.ok() || records->size() != 1) {
      ADD_FAILURE() << (records.ok() ? "not one record" : records.error().text());
      return {};
    }
    EXPECT_EQ(records->front().key, key);
    return records->front();
  }
  StoredRecord read(int64_t id) { return read(notes_, sample::key(notes_, id)); }

  Digest expected(const DocumentPlan& plan, const Image& image) {
    const Result<Digest> digest = target_->expected(plan, image);
    EXPECT_TRUE(digest.ok()) << digest.error().text();
    return digest.ok() ? *digest : Digest{};
  }

  /// The record is there, at this revision, with this image's content.
  void expect_holds(const DocumentPlan& plan, uint64_t revision, const Image& image) {
    const StoredRecord record = read(plan, image.key);
    EXPECT_TRUE(record.is_present) << image.key.value;
    EXPECT_FALSE(record.is_foreign) << image.key.value;
    EXPECT_EQ(record.revision.value, revision) << image.key.value;
    EXPECT_EQ(to_string(record.content), to_string(expected(plan, image))) << image.key.value;
  }
  void expect_holds(uint64_t revision, const Image& image) {
    expect_holds(notes_, revision, image);
  }

  /// Written, and written again at a higher revision, the record reads back as expected.
  void expect_written_twice(const DocumentPlan& plan, const Image& image) {
    for (const uint64_t revision : {10, 11}) {
      const WriteOutcome outcome = write(plan, revision, {image});
      for (const RefusedImage& refused : outcome.refused) ADD_FAILURE() << refused.detail;
      expect_holds(plan, revision, image);
    }
  }

  void expect_absent(int64_t id, uint64_t tombstone) {
    const StoredRecord record = read(id);
    EXPECT_FALSE(record.is_present);
    EXPECT_EQ(record.revision.value, 0U);
    EXPECT_EQ(record.tombstone.value, tombstone);
  }

  /// All pages of a walk; a failure fails the test.
  WalkPage walk(const DocumentPlan& plan, uint64_t below, size_t keys_about) {
    WalkPage all;
    std::string cursor;
    do {
      Result<WalkPage> page = target_->walk(plan, cursor, Revision(below), keys_about);
      if (!page.ok()) {
        ADD_FAILURE() << page.error().text();
        return all;
      }
      EXPECT_EQ(page->keys.size(), page->revisions.size());
      all.keys.insert(all.keys.end(), page->keys.begin(), page->keys.end());
      all.revisions.insert(all.revisions.end(), page->revisions.begin(), page->revisions.end());
      all.foreign.insert(all.foreign.end(), page->foreign.begin(), page->foreign.end());
      cursor = page->cursor;
    } while (!cursor.empty());
    return all;
  }

  ManualClock clock_;
  const DocumentPlan notes_ = sample::notes();
  const DocumentPlan everything_ = sample::everything();
  const std::vector<DocumentPlan> plans_{notes_, everything_};
  std::unique_ptr<StoreUnderTest> store_;
  std::vector<std::unique_ptr<TargetConnector>> connectors_;
  std::unique_ptr<Target> target_;
};

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(TargetConformance);

/// Also of stores where tombstones expire by tend() and its clock, not by a TTL of the store's own.
class TombstoneExpiry : public TargetConformance {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(TombstoneExpiry);

}  // namespace syncline::ports
