#include "redis/redis_target.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <set>

#include "ports/sample_documents_testing.h"
#include "redis/private_server_testing.h"

namespace syncline::redis {
namespace {

using config::RedisForm;
using document::Revision;
using ports::Identity;
using ports::OwedReason;
using ports::StoredRecord;
using ports::Target;
using ports::WriteBatch;
using ports::WriteOutcome;
using std::chrono::milliseconds;
namespace sample = ports::sample;

/// The machine's clock; the next-but-`freeze_in_` reading is followed by a long stop of the writer.
class FreezingClock final : public Clock {
 public:
  BootTime boot_now() const override {
    const BootTime now = clock_.boot_now();
    if (freeze_in_.fetch_sub(1) == 0) std::this_thread::sleep_for(frozen_);
    return now;
  }
  WallTime wall_now() const override { return clock_.wall_now(); }
  bool sleep(std::chrono::nanoseconds duration, std::stop_token stop) override {
    return clock_.sleep(duration, stop);
  }
  void freeze_after(int readings, milliseconds duration) {
    frozen_ = duration;
    freeze_in_ = readings;
  }

 private:
  SystemClock clock_;
  milliseconds frozen_{};
  mutable std::atomic<int> freeze_in_ = -1;
};

class RedisTarget : public testing::Test {
 protected:
  void serve(std::vector<std::string> options = {}) {
    server_ = std::make_unique<PrivateServer>(std::move(options));
    config_.endpoint = server_->endpoint();
  }

  Result<std::unique_ptr<Target>> connect() {
    connector_ = make_connector(config_, options_, owner_, clock_);
    return connector_->connect();
  }

  void connect_and_prepare() {
    Result<std::unique_ptr<Target>> target = connect();
    ASSERT_TRUE(target.ok()) << target.error().text();
    target_ = std::move(*target);
    const auto state = target_->prepare({&notes_, 1}, false);
    ASSERT_TRUE(state.ok()) << state.error().text();
  }

  Result<WriteOutcome> try_write(uint64_t revision, const std::vector<document::Image>& images) {
    return target_->write({.plan = notes_,
                           .revision = Revision(revision),
                           .taken_on = clock_.boot_now(),
                           .images = images});
  }
  WriteOutcome write(uint64_t revision, const std::vector<document::Image>& images) {
    Result<WriteOutcome> outcome = try_write(revision, images);
    if (!outcome.ok()) ADD_FAILURE() << outcome.error().text();
    return outcome.ok() ? *outcome : WriteOutcome();
  }

  StoredRecord read(int64_t id) {
    const document::DocumentKey key = sample::key(notes_, id);
    const auto records = target_->read(notes_, {&key, 1});
    if (!records.ok()) ADD_FAILURE() << records.error().text();
    return records.ok() ? records->front() : StoredRecord();
  }

  std::vector<document::Image> many(int64_t count, const std::string& text) {
    std::vector<document::Image> images;
    for (int64_t id = 0; id < count; ++id) images.push_back(sample::note(notes_, id, text));
    return images;
  }

  const document::DocumentPlan notes_ = sample::notes();
  const Identity owner_{document::PipelineName("shop"), "server", "epoch"};
  config::RedisConfig config_{.key_template = "{document}:{key}"};
  config::Options options_{.store_timeout = milliseconds(2000)};
  FreezingClock clock_;
  std::unique_ptr<PrivateServer> server_;
  std::unique_ptr<ports::TargetConnector> connector_;
  std::unique_ptr<Target> target_;
};

// --- the age fence ------------------------------------------------------------------------------

TEST_F(RedisTarget, AWriterThatFreezesAfterItsLastLookAtTheClockIsRefusedByTheScript) {
  serve();
  options_.age_fence = std::chrono::seconds(1);
  connect_and_prepare();
  write(10, {sample::note(notes_, 1, "in time")});
  // Readings of the clock: taken on, before the server's time, after it; there the writer stops.
  clock_.freeze_after(2, milliseconds(1200));
  const auto outcome = try_write(11, {sample::note(notes_, 1, "late"), sample::absent(notes_, 2)});
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().kind(), ErrorKind::kTooOld) << outcome.error().text();
  EXPECT_EQ(read(1).revision.value, 10U);
  EXPECT_EQ(read(2).tombstone.value, 0U);
  EXPECT_EQ(write(12, {sample::note(notes_, 1, "next")}).written, 1U);
}

TEST_F(RedisTarget, AWriterThatFreezesBeforeItAsksForTheTimeIsRefused) {
  serve();
  options_.age_fence = std::chrono::seconds(1);
  connect_and_prepare();
  clock_.freeze_after(1, milliseconds(1200));
  const auto outcome = try_write(11, {sample::note(notes_, 1, "late")});
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().kind(), ErrorKind::kTooOld);
  EXPECT_FALSE(read(1).is_present);
}

// --- how records end ----------------------------------------------------------------------------

TEST_F(RedisTarget, TombstonesExpireByThemselvesAndFloorsStay) {
  serve();
  connect_and_prepare();
  ASSERT_TRUE(target_->raise_floor(notes_, Revision(5)).ok());
  write(10, {sample::absent(notes_, 1)});
  const int64_t ttl = std::stoll(server_->command({"PTTL", "syncline:tombstone:notes:1"}));
  EXPECT_GT(ttl, 3'590'000);
  EXPECT_LE(ttl, 3'600'000);
  EXPECT_EQ(server_->command({"PTTL", "syncline:floor:notes:{key}"}), "-1");
  EXPECT_EQ(server_->command({"PTTL", "syncline:state:notes:{key}"}), "-1");
}

TEST_F(RedisTarget, RecordsLiveNineTenthsOfTheirTtlOrMore) {
  for (const RedisForm form : {RedisForm::kHash, RedisForm::kJson}) {
    serve();
    config_.form = form;
    config_.ttl_seconds = 1000;
    connect_and_prepare();
    EXPECT_TRUE(target_->may_expire());
    write(10, many(100, "x"));
    std::set<int64_t> tenths;
    for (int id = 0; id < 100; ++id) {
      const int64_t ttl = std::stoll(server_->command({"PTTL", "notes:" + std::to_string(id)}));
      EXPECT_GT(ttl, 890'000);
      EXPECT_LE(ttl, 1'000'000);
      tenths.insert(ttl / 10'000);
    }
    EXPECT_GT(tenths.size(), 8U);
  }
}

TEST_F(RedisTarget, ATtlShorterThanTheAgeFenceIsRefused) {
  serve();
  config_.ttl_seconds = 66;
  auto target = connect();
  ASSERT_TRUE(target.ok());
  const auto refused = (*target)->prepare({&notes_, 1}, false);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind(), ErrorKind::kInvalid);
  config_.ttl_seconds = 67;
  connect_and_prepare();
}

TEST_F(RedisTarget, EvictionOfTombstonesFirstIsRefusedWithTheCure) {
  serve({"--maxmemory", "100mb", "--maxmemory-policy", "volatile-ttl"});
  auto target = connect();
  ASSERT_TRUE(target.ok());
  const auto refused = (*target)->prepare({&notes_, 1}, false);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind(), ErrorKind::kInvalid);
  EXPECT_NE(refused.error().hint().find("noeviction"), std::string::npos);
}

TEST_F(RedisTarget, EvictionOfAnythingMeansThatRecordsMayExpire) {
  serve({"--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"});
  connect_and_prepare();
  EXPECT_TRUE(target_->may_expire());
  serve({"--maxmemory", "100mb", "--maxmemory-policy", "noeviction"});
  connect_and_prepare();
  EXPECT_FALSE(target_->may_expire());
}

TEST_F(RedisTarget, AnEvictedStateRecordIsMadeAgainWhereRecordsMayBeEvicted) {
  serve({"--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"});
  connect_and_prepare();
  write(10, many(10, "x"));
  server_->command({"DEL", "syncline:state:notes:{key}"});
  EXPECT_EQ(try_write(11, many(10, "y")).error().kind(), ErrorKind::kTransient);
  connect_and_prepare();
  EXPECT_EQ(write(11, many(10, "y")).written, 10U);
  server_->command({"DEL", "syncline:state:notes:{key}"});
  server_->command({"CONFIG", "SET", "maxmemory-policy", "noeviction"});
  auto target = connect();
  ASSERT_TRUE(target.ok());
  EXPECT_EQ((*target)->prepare({&notes_, 1}, false).error().kind(), ErrorKind::kConflict);
}

TEST_F(RedisTarget, AFullServerIsTransientWithTheCureAndLosesNoRecord) {
  serve({"--maxmemory-policy", "noeviction"});
  connect_and_prepare();
  write(10, many(300, "old"));
  server_->command({"CONFIG", "SET", "maxmemory", "1mb"});
  const auto outcome = try_write(11, many(300, std::string(1000, 'x')));
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().kind(), ErrorKind::kTransient) << outcome.error().text();
  EXPECT_NE(outcome.error().hint().find("maxmemory"), std::string::npos);
  server_->command({"CONFIG", "SET", "maxmemory", "0"});
  for (const int64_t id : {0, 1, 63, 64, 299}) EXPECT_TRUE(read(id).is_present) << id;
  EXPECT_EQ(write(11, many(300, "new")).written, 300U);
}

// --- what is not ours ---------------------------------------------------------------------------

TEST_F(RedisTarget, AKeyOfAnotherRedisTypeIsRefusedNamedAndNeverTouched) {
  for (const RedisForm form : {RedisForm::kHash, RedisForm::kJson}) {
    serve();
    config_.form = form;
    connect_and_prepare();
    server_->command({"RPUSH", "notes:2", "a", "b"});
    const std::vector<document::Image> images{
        sample::note(notes_, 1, "one"), sample::note(notes_, 2, "two"), sample::absent(notes_, 2)};
    const WriteOutcome outcome = write(10, {images[0], images[1]});
    EXPECT_EQ(outcome.written, 1U);
    ASSERT_EQ(outcome.refused.size(), 1U);
    EXPECT_EQ(outcome.refused[0].index, 1U);
    EXPECT_EQ(outcome.refused[0].reason, OwedReason::kRefused);
    EXPECT_NE(outcome.refused[0].detail.find("notes:2"), std::string::npos);
    EXPECT_EQ(write(11, {images[2]}).refused.size(), 1U);
    EXPECT_TRUE(read(2).is_foreign);
    const auto shown = target_->show(notes_, sample::key(notes_, 2));
    EXPECT_TRUE(shown.ok());
    const auto page = target_->walk(notes_, "", Revision(), 100);
    ASSERT_TRUE(page.ok());
    EXPECT_EQ(page->foreign, std::vector<std::string>{"notes:2"});
    EXPECT_EQ(*target_->purge(notes_), 1U);
    EXPECT_EQ(server_->command({"LLEN", "notes:2"}), "2");
  }
}

TEST_F(RedisTarget, AKeyThatDoesNotFitTheTemplateIsNamed) {
  serve();
  connect_and_prepare();
  write(10, {sample::note(notes_, 1, "one")});
  server_->command({"SET", "notes:by_author:7", "42"});
  server_->command({"HSET", "notes:007", "_revision", "9"});
  server_->command({"SET", "notebook:1", "elsewhere"});
  const auto page = target_->walk(notes_, "", Revision(), 100);
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->keys, std::vector<document::DocumentKey>{sample::key(notes_, 1)});
  EXPECT_EQ(std::set<std::string>(page->foreign.begin(), page->foreign.end()),
            (std::set<std::string>{"notes:by_author:7", "notes:007"}));
  EXPECT_EQ(*target_->count(notes_), 1U);
}

TEST_F(RedisTarget, AFlushedStoreIsNoticedBeforeAnythingIsWritten) {
  serve();
  connect_and_prepare();
  write(10, {sample::note(notes_, 1, "one")});
  server_->command({"FLUSHALL"});
  const auto outcome = try_write(11, {sample::note(notes_, 2, "two")});
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().kind(), ErrorKind::kTransient) << outcome.error().text();
  EXPECT_EQ(server_->command({"DBSIZE"}), "0");
  const auto again = target_->prepare({&notes_, 1}, false);
  ASSERT_TRUE(again.ok()) << again.error().text();
  EXPECT_EQ(again->revision.value, 0U);
  EXPECT_EQ(again->writes.at(notes_.name), 0U);
}

// --- large and lost -----------------------------------------------------------------------------

TEST_F(RedisTarget, AWalkOver20000KeysMeetsEachOfThem) {
  serve();
  connect_and_prepare();
  EXPECT_EQ(write(10, many(20'000, "x")).written, 20'000U);
  std::set<std::string> keys;
  std::string cursor;
  do {
    const auto page = target_->walk(notes_, cursor, Revision(11), 500);
    ASSERT_TRUE(page.ok()) << page.error().text();
    for (const document::DocumentKey& key : page->keys) keys.insert(key.value);
    EXPECT_LT(page->keys.size(), 2000U);
    cursor = page->cursor;
  } while (!cursor.empty());
  EXPECT_EQ(keys.size(), 20'000U);
  EXPECT_EQ(*target_->count(notes_), 20'000U);
}

TEST_F(RedisTarget, ScriptsThatTheServerLostAreLoadedAgain) {
  serve();
  connect_and_prepare();
  write(10, many(300, "a"));
  server_->command({"SCRIPT", "FLUSH"});
  EXPECT_EQ(write(11, many(300, "b")).written, 300U);
  server_->command({"SCRIPT", "FLUSH"});
  EXPECT_TRUE(target_->raise_floor(notes_, Revision(5)).ok());
  server_->command({"SCRIPT", "FLUSH"});
  EXPECT_EQ(target_->walk(notes_, "", Revision(), 1000)->keys.size(), 300U);
}

TEST_F(RedisTarget, AKilledServerIsTransientAndKeepsWhatWasAcknowledged) {
  serve();
  connect_and_prepare();
  write(10, many(200, "before"));
  server_->kill();
  const auto lost = try_write(11, many(200, "lost"));
  ASSERT_FALSE(lost.ok());
  EXPECT_EQ(lost.error().kind(), ErrorKind::kTransient) << lost.error().text();
  const auto refused = connect();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind(), ErrorKind::kTransient) << refused.error().text();
  server_->start();
  const auto still = try_write(11, many(200, "lost"));
  ASSERT_FALSE(still.ok());
  EXPECT_EQ(still.error().kind(), ErrorKind::kTransient) << still.error().text();
  connect_and_prepare();
  EXPECT_EQ(read(199).revision.value, 10U);
  EXPECT_EQ(write(11, many(200, "after")).written, 200U);
}

TEST_F(RedisTarget, AServerKilledInTheMiddleOfBatchesIsTransientAndCanBeRepeated) {
  serve();
  connect_and_prepare();
  const std::vector<document::Image> images = many(5000, std::string(500, 'x'));
  std::jthread killer([&] {
    std::this_thread::sleep_for(milliseconds(60));
    server_->kill();
  });
  uint64_t revision = 10;
  Result<WriteOutcome> outcome = try_write(revision, images);
  while (outcome.ok() && revision < 10'000) outcome = try_write(++revision, images);
  killer.join();
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().kind(), ErrorKind::kTransient) << outcome.error().text();
  server_->start();
  connect_and_prepare();
  EXPECT_EQ(write(revision, images).written, 5000U);
  EXPECT_EQ(read(4999).revision.value, revision);
}

TEST_F(RedisTarget, AFrozenServerIsTransientWithinTheTimeout) {
  serve();
  options_.store_timeout = milliseconds(300);
  connect_and_prepare();
  server_->freeze();
  const auto begin = std::chrono::steady_clock::now();
  const auto outcome = try_write(10, many(10, "x"));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, milliseconds(2000));
  server_->thaw();
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().kind(), ErrorKind::kTransient) << outcome.error().text();
}

// --- who may come in ----------------------------------------------------------------------------

TEST_F(RedisTarget, AWrongPasswordIsInvalidAndNeverShown) {
  serve();
  server_->command({"CONFIG", "SET", "requirepass", "right-one"});
  auto refused = connect();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind(), ErrorKind::kInvalid) << refused.error().text();
  config_.endpoint.password = Secret("wrong-one");
  refused = connect();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind(), ErrorKind::kInvalid) << refused.error().text();
  EXPECT_EQ(refused.error().text().find("wrong-one"), std::string::npos);
  config_.endpoint.password = Secret("right-one");
  connect_and_prepare();
}

TEST_F(RedisTarget, AUserWithAPasswordAndADatabaseIsLetIn) {
  serve();
  server_->command({"ACL", "SETUSER", "writer", "on", ">secret", "~*", "+@all"});
  config_.endpoint.user = "writer";
  config_.endpoint.password = Secret("secret");
  config_.endpoint.database = "3";
  connect_and_prepare();
  EXPECT_EQ(write(10, {sample::note(notes_, 1, "x")}).written, 1U);
  EXPECT_EQ(server_->command({"DBSIZE"}), "0");
}

TEST_F(RedisTarget, TlsClustersAndBadAddressesAreRefusedByName) {
  serve({"--cluster-enabled", "yes"});
  const auto cluster = connect();
  ASSERT_FALSE(cluster.ok());
  EXPECT_EQ(cluster.error().kind(), ErrorKind::kUnsupported) << cluster.error().text();
  config_.endpoint.scheme = "rediss";
  const auto tls = connect();
  ASSERT_FALSE(tls.ok());
  EXPECT_EQ(tls.error().kind(), ErrorKind::kUnsupported) << tls.error().text();
  config_.endpoint.scheme = "redis";
  config_.endpoint.database = "shop";
  const auto database = connect();
  ASSERT_FALSE(database.ok());
  EXPECT_EQ(database.error().kind(), ErrorKind::kInvalid) << database.error().text();
}

TEST_F(RedisTarget, TwoTypesUnderOneTemplateWithoutDocumentAreRefused) {
  serve();
  config_.key_template = "x:{key}";
  const document::DocumentPlan plans[] = {sample::notes(), sample::everything()};
  auto target = connect();
  ASSERT_TRUE(target.ok());
  const auto refused = (*target)->prepare(plans, false);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind(), ErrorKind::kInvalid);
  EXPECT_NE(refused.error().text().find("{document}"), std::string::npos);
}

}  // namespace
}  // namespace syncline::redis
