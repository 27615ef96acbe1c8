#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "mongo/freezing_relay_testing.h"
#include "mongo/mongo_store_testing.h"
#include "ports/target_conformance_testing.h"

namespace syncline::ports {

const ConformanceCase kMongo{"Mongo", [] { return std::make_unique<mongo::MongoStore>(); }};
INSTANTIATE_TEST_SUITE_P(Mongo, TargetConformance, testing::Values(kMongo),
                         [](const auto& info) { return info.param.name; });
INSTANTIATE_TEST_SUITE_P(Mongo, TombstoneExpiry, testing::Values(kMongo),
                         [](const auto& info) { return info.param.name; });

}  // namespace syncline::ports

namespace syncline::mongo {

using document::DocumentPlan;
using document::Image;
using document::Record;
using document::Revision;
using document::Value;
using ports::OwedReason;
using ports::Target;
using ports::TargetConnector;
using ports::WriteOutcome;
using ports::sample::absent;
using ports::sample::note;

namespace {

/// A clock that does something at the n-th look at it: the write looks before each command it
/// sends.
class InterruptingClock final : public Clock {
 public:
  BootTime boot_now() const override {
    if (--looks_left_ == 0) std::exchange(act_, nullptr)();
    return clock_.boot_now();
  }
  WallTime wall_now() const override { return clock_.wall_now(); }
  bool sleep(std::chrono::nanoseconds duration, std::stop_token stop) override {
    return clock_.sleep(duration, stop);
  }
  void advance(std::chrono::nanoseconds duration) { clock_.advance(duration); }
  void interrupt(int at_look, std::function<void()> act) {
    looks_left_ = at_look;
    act_ = std::move(act);
  }

 private:
  ManualClock clock_;
  mutable int looks_left_ = 0;
  mutable std::function<void()> act_;
};

class MongoTargetTest : public testing::Test {
 protected:
  void SetUp() override {
    target_ = prepared();
    other_ = prepared();
  }

  std::unique_ptr<Target> prepared() {
    connectors_.push_back(store_.connector(owner_, clock_));
    std::unique_ptr<Target> target = connectors_.back()->connect().value();
    EXPECT_TRUE(target->prepare({&notes_, 1}, false).ok());
    return target;
  }

  Result<WriteOutcome> try_write(Target& target, uint64_t revision,
                                 const std::vector<Image>& images) {
    return target.write(
        {.plan = notes_, .revision = Revision(revision), .taken_on = taken_on_, .images = images});
  }
  WriteOutcome write(Target& target, uint64_t revision, const std::vector<Image>& images) {
    Result<WriteOutcome> outcome = try_write(target, revision, images);
    EXPECT_TRUE(outcome.ok()) << outcome.error().text();
    return outcome.ok() ? *outcome : WriteOutcome{};
  }
  WriteOutcome write(uint64_t revision, const std::vector<Image>& images) {
    return write(*target_, revision, images);
  }

  ports::StoredRecord read(int64_t id) {
    const document::DocumentKey key = ports::sample::key(notes_, id);
    return target_->read(notes_, {&key, 1}).value().front();
  }

  /// Another writer removes key 1 at 20 while this one, at 10, is about to send its replaces.
  void expect_taken_back() {
    clock_.interrupt(2, [&] { EXPECT_EQ(write(*other_, 20, {absent(notes_, 1)}).removed, 1U); });
    const WriteOutcome outcome = write(10, {note(notes_, 1, "late"), note(notes_, 2, "good")});
    EXPECT_EQ(outcome.older, 1U);
    EXPECT_EQ(outcome.written, 1U);
    EXPECT_FALSE(read(1).is_present);
    EXPECT_EQ(read(1).tombstone, Revision(20));
    EXPECT_TRUE(read(2).is_present);
  }

  void insert_below_tombstone(const std::string& id, uint64_t revision) {
    ASSERT_TRUE(store_
                    .run(R"({"insert": "notes", "documents": [{"_id": {"$numberLong": ")" + id +
                         R"("}, "_revision": {"$numberLong": ")" + std::to_string(revision) +
                         R"("}, "text": "left behind"}]})")
                    .ok());
  }

  void add_unique_index() {
    ASSERT_TRUE(store_
                    .run(R"({"createIndexes": "notes", "indexes": [)"
                         R"({"name": "one_text", "key": {"text": 1}, "unique": true}]})")
                    .ok());
  }

  const ports::Identity owner_{document::PipelineName("shop"), "server-1", "epoch-1"};
  const DocumentPlan notes_ = ports::sample::notes();
  InterruptingClock clock_;
  const BootTime taken_on_ = clock_.boot_now();
  MongoStore store_;
  std::vector<std::unique_ptr<TargetConnector>> connectors_;
  std::unique_ptr<Target> target_;
  std::unique_ptr<Target> other_;
};

}  // namespace

TEST_F(MongoTargetTest, AnInsertOvertakenByADeleteIsTakenBack) { expect_taken_back(); }

TEST_F(MongoTargetTest, AReplaceOvertakenByADeleteIsTakenBack) {
  // 1. the record is at 5  2. the delete at 20 leaves its tombstone, and its writer dies
  // 3. the replace at 10, whose first question came before 2
  write(5, {note(notes_, 1, "before")});
  clock_.interrupt(2, [&] {
    write(*other_, 20, {absent(notes_, 1)});
    insert_below_tombstone("1", 5);
  });
  EXPECT_EQ(write(10, {note(notes_, 1, "late")}).older, 1U);
  EXPECT_FALSE(read(1).is_present);
}

TEST_F(MongoTargetTest, ARecordFoundAtItsOwnRevisionIsTakenBackToo) {
  // 1. a writer at 10 looked, wrote and died  2. the delete at 20 left its tombstone and died
  // 3. the batch at 10 is repeated, and its first question came before 2
  clock_.interrupt(2, [&] {
    write(*other_, 20, {absent(notes_, 1)});
    insert_below_tombstone("1", 10);
  });
  EXPECT_EQ(write(10, {note(notes_, 1, "late")}).older, 1U);
  EXPECT_FALSE(read(1).is_present);
}

TEST_F(MongoTargetTest, AWriteOvertakenByTheFloorIsTakenBack) {
  clock_.interrupt(2, [&] { ASSERT_TRUE(other_->raise_floor(notes_, Revision(15)).ok()); });
  EXPECT_EQ(write(10, {note(notes_, 1, "late")}).older, 1U);
  EXPECT_FALSE(read(1).is_present);
}

TEST_F(MongoTargetTest, ADeleteOvertakenByANewerWriteSparesIt) {
  write(5, {note(notes_, 1, "before")});
  // The third look is between the tombstone and the delete.
  clock_.interrupt(3, [&] { write(*other_, 20, {note(notes_, 1, "newer")}); });
  EXPECT_EQ(write(10, {absent(notes_, 1)}).older, 1U);
  EXPECT_EQ(read(1).revision, Revision(20));
}

TEST_F(MongoTargetTest, TheFenceIsCheckedAgainBeforeTheReplacesAreSent) {
  clock_.interrupt(2, [&] { clock_.advance(std::chrono::seconds(61)); });
  const Result<WriteOutcome> outcome = try_write(*target_, 10, {note(notes_, 1, "frozen")});
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().kind(), ErrorKind::kTooOld);
  EXPECT_FALSE(read(1).is_present);
}

TEST_F(MongoTargetTest, WhatWasSentBeforeTheFenceClosedIsTakenBackToo) {
  std::vector<Image> two_commands;
  for (int64_t id = 0; id < 1500; ++id) two_commands.push_back(note(notes_, id, "late"));
  clock_.interrupt(2, [&] {
    EXPECT_EQ(write(*other_, 20, {absent(notes_, 1)}).removed, 1U);
    clock_.interrupt(1, [&] { clock_.advance(std::chrono::seconds(61)); });
  });
  const Result<WriteOutcome> outcome = try_write(*target_, 10, two_commands);
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().kind(), ErrorKind::kTooOld);
  EXPECT_TRUE(read(2).is_present);
  EXPECT_FALSE(read(1).is_present);
}

TEST_F(MongoTargetTest, AColumnNameThatMongoDbRefusesIsNamedBeforeAnythingIsWritten) {
  const DocumentPlan plan = ports::sample::plan(
      "notes", ports::sample::integer_key(),
      {{"$price", ports::sample::column(document::TypeKind::kInteger, "int"), 1, 2}});
  const auto prepared = target_->prepare({&plan, 1}, false);
  ASSERT_FALSE(prepared.ok());
  EXPECT_EQ(prepared.error().kind(), ErrorKind::kInvalid);
  EXPECT_NE(prepared.error().text().find("\"$price\""), std::string::npos);
}

TEST_F(MongoTargetTest, WhatADeadWriterLeftIsMendedAtOnceByTendingEverything) {
  write(20, {absent(notes_, 1), absent(notes_, 2)});
  insert_below_tombstone("1", 10);
  ASSERT_TRUE(target_->tend({&notes_, 1}, /*everything=*/false).ok());
  EXPECT_TRUE(read(1).is_present);
  ASSERT_TRUE(target_->tend({&notes_, 1}, /*everything=*/true).ok());
  EXPECT_FALSE(read(1).is_present);
  EXPECT_EQ(read(1).tombstone, Revision(20));
}

TEST_F(MongoTargetTest, WhatADeadWriterLeftIsMendedBeforeItsTombstoneExpires) {
  write(20, {absent(notes_, 1)});
  insert_below_tombstone("1", 10);
  clock_.advance(std::chrono::hours(18) + std::chrono::seconds(1));
  ASSERT_TRUE(target_->tend({&notes_, 1}, /*everything=*/false).ok());
  EXPECT_FALSE(read(1).is_present);
  EXPECT_EQ(read(1).tombstone, Revision());
}

TEST_F(MongoTargetTest, MoreTombstonesThanAPageAreTendedToTheLast) {
  std::vector<Image> gone;
  for (int64_t id = 0; id < 2500; ++id) gone.push_back(absent(notes_, id));
  write(20, gone);
  insert_below_tombstone("2499", 10);
  ASSERT_TRUE(target_->tend({&notes_, 1}, /*everything=*/true).ok());
  EXPECT_FALSE(read(2499).is_present);
  clock_.advance(std::chrono::hours(19));
  ASSERT_TRUE(target_->tend({&notes_, 1}, /*everything=*/false).ok());
  EXPECT_EQ(store_.find("syncline_tombstones", "{}"), "");
}

TEST_F(MongoTargetTest, AUniqueIndexInTheWayIsNamedAndTheRestIsWritten) {
  add_unique_index();
  write(10, {note(notes_, 1, "taken")});
  const WriteOutcome outcome = write(11, {note(notes_, 2, "taken"), note(notes_, 3, "free")});
  EXPECT_EQ(outcome.written, 1U);
  ASSERT_EQ(outcome.refused.size(), 1U);
  EXPECT_EQ(outcome.refused[0].index, 0U);
  EXPECT_EQ(outcome.refused[0].reason, OwedReason::kRefused);
  EXPECT_NE(outcome.refused[0].detail.find("notes 2: the unique index"), std::string::npos)
      << outcome.refused[0].detail;
  EXPECT_NE(outcome.refused[0].detail.find("one_text"), std::string::npos)
      << outcome.refused[0].detail;
}

TEST_F(MongoTargetTest, AValueThatTheSameBatchFreesIsNotInTheWay) {
  add_unique_index();
  write(10, {note(notes_, 1, "a"), note(notes_, 2, "b"), note(notes_, 3, "c")});
  EXPECT_EQ(write(11, {note(notes_, 1, "b"), absent(notes_, 2)}).written, 1U);
  EXPECT_EQ(write(12, {note(notes_, 1, "c"), note(notes_, 3, "b")}).written, 2U);
  EXPECT_EQ(read(1).revision, Revision(12));
  EXPECT_EQ(read(3).revision, Revision(12));
}

TEST_F(MongoTargetTest, LargeDocumentsAreSentAFewAtATime) {
  config::Options options;
  options.document_bytes_max = 16u << 20;
  const auto connector = make_connector(store_.config(), options, owner_, clock_);
  const std::unique_ptr<Target> target = connector->connect().value();
  std::vector<Image> images;
  for (int64_t id = 0; id < 3; ++id) {
    images.push_back(note(notes_, id, std::string(15'900'000, static_cast<char>('a' + id))));
  }
  images.push_back(note(notes_, 3, std::string(16u << 20, 'x')));
  const WriteOutcome outcome = write(*target, 10, images);
  EXPECT_EQ(outcome.written, 3U);
  ASSERT_EQ(outcome.refused.size(), 1U);
  EXPECT_EQ(outcome.refused[0].reason, OwedReason::kTooLarge);
}

TEST_F(MongoTargetTest, ALostStateRecordIsTransientAndSaysSo) {
  ASSERT_TRUE(store_.run(R"({"dropDatabase": 1})").ok());
  const Result<WriteOutcome> outcome = try_write(*target_, 10, {note(notes_, 1, "x")});
  ASSERT_FALSE(outcome.ok());
  EXPECT_TRUE(outcome.error().is_transient());
  EXPECT_NE(outcome.error().message().find("state record is gone"), std::string::npos);
  EXPECT_EQ(target_->prepare({&notes_, 1}, false).value().revision, Revision());
}

TEST_F(MongoTargetTest, ConnectionsThatPrepareAnEmptyDatabaseAtOnceAgree) {
  for (int round = 0; round < 5; ++round) {
    MongoStore fresh;
    const auto connector = fresh.connector(owner_, clock_);
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        const auto target = connector->connect();
        ASSERT_TRUE(target.ok()) << target.error().text();
        const auto revision = (*target)->prepare({&notes_, 1}, false);
        ASSERT_TRUE(revision.ok()) << revision.error().text();
        write(**target, 10, {note(notes_, 1, "same")});
      });
    }
  }
}

TEST_F(MongoTargetTest, AWalkMeetsIdsOfEveryKind) {
  write(10, {note(notes_, 1, "ours"), note(notes_, 2, "ours")});
  ASSERT_TRUE(store_
                  .run(R"({"insert": "notes", "documents": [{"_id": "text"}, {"_id": {"a": 1}},
                       {"_id": {"$oid": "65ba3a3a3a3a3a3a3a3a3a3a"}}, {"_id": true},
                       {"_id": {"$date": {"$numberLong": "0"}}}, {"_id": {"$numberLong": "3"}},
                       {"_id": {"$binary": {"base64": "AA==", "subType": "00"}}}]})")
                  .ok());
  for (const size_t page_size : {1, 2, 3, 100}) {
    size_t ours = 0;
    size_t foreign = 0;
    std::string cursor;
    do {
      const auto page = target_->walk(notes_, cursor, Revision(), page_size);
      ASSERT_TRUE(page.ok()) << page.error().text();
      ours += page->keys.size();
      foreign += page->foreign.size();
      cursor = page->cursor;
    } while (!cursor.empty());
    EXPECT_EQ(ours, 2U);
    EXPECT_EQ(foreign, 7U);
  }
}

TEST_F(MongoTargetTest, ATtlIndexMeansThatRecordsMayExpire) {
  EXPECT_FALSE(target_->may_expire());
  ASSERT_TRUE(store_
                  .run(R"({"createIndexes": "notes", "indexes": [)"
                       R"({"name": "ttl", "key": {"seen": 1}, "expireAfterSeconds": 60}]})")
                  .ok());
  ASSERT_TRUE(target_->prepare({&notes_, 1}, false).ok());
  EXPECT_TRUE(target_->may_expire());
}

TEST_F(MongoTargetTest, AFrozenStoreIsTransientWithinTheTimeout) {
  FreezingRelay relay(store_.config().endpoint.port);
  config::MongoConfig config = store_.config();
  config.uri = "mongodb://127.0.0.1:" + std::to_string(relay.port()) +
               config.uri.substr(config.uri.rfind('/'));
  constexpr std::chrono::milliseconds kTimeout{800};
  const auto connector = make_connector(config, {.store_timeout = kTimeout}, owner_, clock_);
  const std::unique_ptr<Target> target = connector->connect().value();
  const document::DocumentKey key = ports::sample::key(notes_, 1);
  ASSERT_TRUE(target->read(notes_, {&key, 1}).ok());
  relay.freeze();
  const auto begin = std::chrono::steady_clock::now();
  const auto records = target->read(notes_, {&key, 1});
  EXPECT_LT(std::chrono::steady_clock::now() - begin, kTimeout * 3 / 2);
  ASSERT_FALSE(records.ok());
  EXPECT_EQ(records.error().kind(), ErrorKind::kTransient) << records.error().text();
}

TEST_F(MongoTargetTest, AWrongAddressOrPasswordIsForTheUserAndIsNotRepeated) {
  const std::string good = store_.config().uri;
  const std::string with_password = "mongodb://user:hunter2@" + good.substr(good.find("//") + 2);
  for (const std::string& uri :
       {std::string("mongodb://user:hunter2@127.0.0.1:port/shop"),
        std::string("mongodb://user:hunter2@127.0.0.1:27017"), with_password}) {
    config::MongoConfig config = store_.config();
    config.uri = uri;
    const auto connector = make_connector(config, config::Options{}, owner_, clock_);
    const auto target = connector->connect();
    ASSERT_FALSE(target.ok());
    EXPECT_EQ(target.error().kind(), ErrorKind::kInvalid);
    EXPECT_EQ(target.error().text().find("hunter2"), std::string::npos) << target.error().text();
  }
}

}  // namespace syncline::mongo
