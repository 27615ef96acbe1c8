#include "redis/redis_target.h"

#include <algorithm>
#include <map>
#include <random>
#include <utility>

#include "base/log.h"
#include "ports/trial.h"
#include "redis/batch_write.h"
#include "redis/connection.h"
#include "redis/errors.h"
#include "redis/record_redis.h"
#include "redis/scan.h"
#include "redis/script.h"
#include "redis/server_facts.h"

namespace syncline::redis {

using config::RedisForm;
using document::DocumentName;
using document::Image;
using document::TargetName;
using ports::Identity;
using ports::StoredRecord;
using ports::WalkPage;
using ports::WriteBatch;
using ports::WriteOutcome;

namespace {

constexpr size_t kKeysPerCall = 128;    // of scripts that carry no contents
constexpr size_t kRecordsPerRead = 32;  // bounds the answers in memory
constexpr size_t kCountSample = 100'000;
constexpr uint64_t kNoDeadline = (uint64_t{1} << 53) - 1;

class RedisTarget final : public ports::Target {
 public:
  RedisTarget(const config::RedisConfig& config, const config::Options& options,
              const Identity& identity, Clock& clock, std::unique_ptr<Connection> connection,
              ServerFacts facts)
      : config_(config),
        options_(options),
        identity_(identity),
        clock_(clock),
        connection_(std::move(connection)),
        facts_(std::move(facts)),
        scripts_(*connection_, config.form) {}

  const TargetName& name() const override { return name_; }
  Result<ports::StateRecord> prepare(std::span<const DocumentPlan> plans, bool adopt) override;
  Result<void> raise_floor(const DocumentPlan& plan, Revision floor) override;
  Result<WriteOutcome> write(const WriteBatch& batch) override;
  Result<void> raise_writes(const DocumentPlan& plan, uint64_t at_least) override;
  Result<std::vector<StoredRecord>> read(const DocumentPlan& plan,
                                         std::span<const DocumentKey> keys) override;
  Result<Digest> expected(const DocumentPlan& plan, const Image& image) override;
  Result<WalkPage> walk(const DocumentPlan& plan, const std::string& cursor, Revision below,
                        size_t keys_about) override;
  Result<void> replace_from_future(const DocumentPlan& plan, const Image& image, Revision revision,
                                   Revision bogus) override;
  Result<void> tend(std::span<const DocumentPlan>, bool) override { return {}; }
  Result<uint64_t> purge(const DocumentPlan& plan) override;
  Result<uint64_t> count(const DocumentPlan& plan) override;
  bool may_expire() const override { return config_.ttl_seconds > 0 || facts_.evicts(); }
  Result<std::string> show(const DocumentPlan& plan, const DocumentKey& key) override;

 private:
  Result<const RecordLayout*> layout_of(const DocumentPlan& plan);
  Result<void> check_lifetimes() const;
  Result<void> claim(const DocumentPlan& plan, const RecordLayout& layout, bool adopt,
                     ports::StateRecord& into);
  Result<void> refuse_if_not_empty(const DocumentPlan& plan, const RecordLayout& layout);
  Result<bool> is_any_ours(const RecordLayout& layout, std::span<const std::string> redis_keys);
  Result<void> adopt_records(const RecordLayout& layout);
  Result<std::chrono::nanoseconds> allowance(const WriteBatch& batch) const;
  Result<uint64_t> server_time();
  CallHead head(Revision revision, uint64_t deadline, uint64_t writes_before = 0);
  Result<void> read_some(const RecordLayout& layout, std::span<const DocumentKey> keys,
                         std::vector<StoredRecord>& out);
  std::string_view read_command() const {
    return config_.form == RedisForm::kHash ? "HGETALL" : "GET";
  }

  const TargetName name_{"redis"};
  const config::RedisConfig config_;
  const config::Options options_;
  const Identity identity_;
  Clock& clock_;
  const std::unique_ptr<Connection> connection_;
  const ServerFacts facts_;
  Scripts scripts_;
  std::map<DocumentName, std::unique_ptr<const RecordLayout>> layouts_;
  std::minstd_rand random_{std::random_device()()};
};

// --- ownership ----------------------------------------------------------------------------------

Result<ports::StateRecord> RedisTarget::prepare(std::span<const DocumentPlan> plans, bool adopt) {
  TRY(check_eviction(facts_, connection_->where()));
  TRY(check_lifetimes());
  ports::StateRecord state;
  for (const DocumentPlan& plan : plans) {
    const RecordLayout* layout = TRY(layout_of(plan));
    if (plans.size() > 1 && !layout->keys().has_document()) {
      return invalid(fmt::format("the key template '{}' gives several document types the same keys",
                                 config_.key_template),
                     "let it hold {document}");
    }
    TRY(claim(plan, *layout, adopt, state));
  }
  return state;
}

/// A record that expired leaves no tombstone: a batch that is older than the one that wrote it must
/// be past the fence by then.
Result<void> RedisTarget::check_lifetimes() const {
  const std::chrono::milliseconds ttl = std::chrono::seconds(config_.ttl_seconds);
  if (ttl.count() == 0 || ttl * 9 / 10 >= options_.age_fence) return {};
  return invalid(fmt::format("targets.redis.ttl of {} s is shorter than the age fence of {} s: an "
                             "expired document could come back in an older state",
                             config_.ttl_seconds, options_.age_fence.count()),
                 fmt::format("set ttl to {} s or more, or lower age_fence",
                             (options_.age_fence.count() * 10 + 8) / 9));
}

Result<void> RedisTarget::claim(const DocumentPlan& plan, const RecordLayout& layout, bool adopt,
                                ports::StateRecord& into) {
  const Reply state =
      TRY(connection_->call({"HMGET", layout.state_key(), "pipeline", "server", "epoch"}));
  const std::string_view owner[] = {identity_.pipeline.value, identity_.server, identity_.epoch};
  bool is_ours = true;
  for (size_t i = 0; i < state->elements && i < 3; ++i) {
    is_ours = is_ours && text_of(*state->element[i]) == owner[i];
  }
  const bool is_new = state->elements == 0 || state->element[0]->type == REDIS_REPLY_NIL;
  if (is_new && !adopt) TRY(refuse_if_not_empty(plan, layout));
  if (!is_ours && adopt) TRY(adopt_records(layout));
  const Reply reply = TRY(scripts_.call(Script::kClaim, {layout.state_key()},
                                        {owner[0], owner[1], owner[2], adopt ? "1" : "0"}));
  if (reply->elements != 2) {
    return error_of_answer(text_of(*reply), plan, connection_->where());
  }
  const auto number = [&](size_t i) {
    return parse_revision(text_of(*reply->element[i])).value_or(Revision());
  };
  into.revision = std::max(into.revision, number(0));
  into.writes[plan.name] = number(1).value;
  return {};
}

Result<void> RedisTarget::refuse_if_not_empty(const DocumentPlan& plan,
                                              const RecordLayout& layout) {
  std::string cursor;
  do {
    const ScanPage page = TRY(scan(*connection_, cursor, layout.keys().pattern(), 1000));
    // Where anything may be evicted, so may the state record: its records then vouch for it.
    if (facts_.evicts() && TRY(is_any_ours(layout, page.keys))) return {};
    if (!page.keys.empty()) {
      return conflict(
          fmt::format("Redis at {} holds {} already, and nothing says that {} are this pipeline's",
                      connection_->where(), page.keys.front(), plan.name.value),
          "choose another key template or database, or take the keys over with --adopt");
    }
    cursor = page.cursor;
  } while (!cursor.empty());
  return {};
}

Result<bool> RedisTarget::is_any_ours(const RecordLayout& layout,
                                      std::span<const std::string> redis_keys) {
  Arguments keys;
  for (const std::string& key : redis_keys) {
    if (layout.keys().parse(key)) keys.add(key);
  }
  const Reply reply = TRY(scripts_.call(Script::kRevisions, keys, {}));
  const std::span<redisReply*> revisions(reply->element, reply->elements);
  return std::any_of(revisions.begin(), revisions.end(), [](const redisReply* revision) {
    return parse_revision(text_of(*revision)).has_value();
  });
}

Result<void> RedisTarget::adopt_records(const RecordLayout& layout) {
  std::string cursor;
  do {
    const ScanPage page = TRY(scan(*connection_, cursor, layout.keys().pattern(), kKeysPerCall));
    Arguments keys;
    for (const std::string& key : page.keys) {
      if (layout.keys().parse(key)) keys.add(key);
    }
    TRY(scripts_.call(Script::kAdopt, keys, {}));
    cursor = page.cursor;
  } while (!cursor.empty());
  return {};
}

Result<const RecordLayout*> RedisTarget::layout_of(const DocumentPlan& plan) {
  std::unique_ptr<const RecordLayout>& layout = layouts_[plan.name];
  if (layout == nullptr || !layout->is_of(plan)) layout = TRY(RecordLayout::make(plan, config_));
  return layout.get();
}

// --- writing ------------------------------------------------------------------------------------

Result<std::chrono::nanoseconds> RedisTarget::allowance(const WriteBatch& batch) const {
  const std::chrono::nanoseconds age = clock_.boot_now() - batch.taken_on;
  if (ports::is_broken(ports::Rule::kAgeFence)) return std::chrono::hours(1);
  if (age <= options_.age_fence) return options_.age_fence - age;
  return too_old(fmt::format("a batch of {} is {:.0f} s old, past the age fence of {} s",
                             batch.plan.name.value, seconds(age), options_.age_fence.count()));
}

Result<uint64_t> RedisTarget::server_time() {
  const Reply reply = TRY(connection_->call({"TIME"}));
  if (reply->elements != 2) return internal("Redis answers TIME with other than two numbers");
  const auto part = [&](size_t i) { return parse_revision(text_of(*reply->element[i])); };
  return part(0).value_or(Revision()).value * 1'000'000 + part(1).value_or(Revision()).value;
}

CallHead RedisTarget::head(Revision revision, uint64_t deadline, uint64_t writes_before) {
  return {.revision = revision,
          .deadline = deadline,
          .identity = identity_,
          .tombstone_ttl = options_.redis_tombstone_ttl,
          .ttl = std::chrono::seconds(config_.ttl_seconds),
          .jitter_seed = std::uniform_real_distribution<double>(0, 1)(random_),
          .writes_before = writes_before};
}

Result<WriteOutcome> RedisTarget::write(const WriteBatch& batch) {
  const RecordLayout* layout = TRY(layout_of(batch.plan));
  TRY(allowance(batch));
  if (batch.images.empty()) return WriteOutcome();
  // What is left is taken after the server's time: if this process freezes in between, the deadline
  // comes too early, never too late.
  const uint64_t server_now = TRY(server_time());
  const auto left = std::chrono::floor<std::chrono::microseconds>(TRY(allowance(batch)));
  const CallHead call_head = head(batch.revision, server_now + left.count(), batch.writes_before);
  ports::step();
  for (bool is_again = false;; is_again = true) {
    const std::string_view sha = TRY(scripts_.sha(Script::kWrite));
    BatchWrite write(*connection_, *layout, batch, call_head, options_.document_bytes_max);
    std::optional<WriteOutcome> outcome = TRY(write.run(sha));
    if (outcome) return std::move(*outcome);
    if (is_again) return transient("Redis at " + connection_->where() + " keeps losing scripts");
    scripts_.forget();
  }
}

Result<void> RedisTarget::raise_floor(const DocumentPlan& plan, Revision floor) {
  const RecordLayout* layout = TRY(layout_of(plan));
  const Reply reply = TRY(scripts_.call(Script::kFloor, {layout->state_key(), layout->floor_key()},
                                        head(floor, kNoDeadline).arguments()));
  const std::string_view answer = text_of(*reply);
  if (answer.starts_with('!')) return error_of_answer(answer, plan, connection_->where());
  return {};
}

Result<void> RedisTarget::raise_writes(const DocumentPlan& plan, uint64_t at_least) {
  const RecordLayout* layout = TRY(layout_of(plan));
  Arguments arguments = head(Revision(), kNoDeadline).arguments();
  arguments.add_number(at_least);
  const Reply reply = TRY(scripts_.call(Script::kRaiseWrites, {layout->state_key()}, arguments));
  const std::string_view answer = text_of(*reply);
  if (answer.starts_with('!')) return error_of_answer(answer, plan, connection_->where());
  return {};
}

Result<void> RedisTarget::replace_from_future(const DocumentPlan& plan, const Image& image,
                                              Revision revision, Revision bogus) {
  const RecordLayout* layout = TRY(layout_of(plan));
  std::string key;
  TRY(layout->keys().expand(image.key, key));
  Arguments arguments = head(revision, kNoDeadline).arguments();
  arguments.add_number(bogus.value);
  if (image.record) {
    layout->add_content(*image.record, revision, arguments);
  } else {
    arguments.add("-");
  }
  const Reply reply = TRY(scripts_.call(
      Script::kReplace,
      {layout->state_key(), layout->floor_key(), key, std::string(kTombstonePrefix) + key},
      arguments));
  const std::string_view answer = text_of(*reply);
  if (answer.starts_with('!')) return error_of_answer(answer, plan, connection_->where());
  return {};
}

// --- reading ------------------------------------------------------------------------------------

Result<std::vector<StoredRecord>> RedisTarget::read(const DocumentPlan& plan,
                                                    std::span<const DocumentKey> keys) {
  const RecordLayout* layout = TRY(layout_of(plan));
  std::vector<StoredRecord> records;
  records.reserve(keys.size());
  while (!keys.empty()) {
    const size_t some = std::min(keys.size(), kRecordsPerRead);
    TRY(read_some(*layout, keys.first(some), records));
    keys = keys.subspan(some);
  }
  return records;
}

/// A record and its tombstone are read at one moment (MULTI): a key deleted in between would be
/// found neither here nor there.
Result<void> RedisTarget::read_some(const RecordLayout& layout, std::span<const DocumentKey> keys,
                                    std::vector<StoredRecord>& out) {
  std::string commands;
  Arguments tombstones{"MGET"};
  std::string reads;
  for (const DocumentKey& key : keys) {
    std::string redis_key;
    TRY(layout.keys().expand(key, redis_key));
    append_command({read_command(), redis_key}, reads);
    tombstones.add(std::string(kTombstonePrefix) + redis_key);
  }
  append_command({"MULTI"}, commands);
  append_command(tombstones, commands);
  commands += reads;
  append_command({"EXEC"}, commands);
  TRY(connection_->send(commands));
  // EXEC only says that a command was refused; the command's own answer says why.
  Reply refusal;
  Reply reply;
  for (size_t i = 0; i < keys.size() + 3; ++i) {
    reply = TRY(connection_->receive());
    if (is_error(*reply) && refusal == nullptr) refusal = std::move(reply);
  }
  if (refusal != nullptr) return connection_->error_of(*refusal);
  if (reply->elements != keys.size() + 1 || reply->element[0]->elements != keys.size()) {
    return internal("Redis at " + connection_->where() + " answers EXEC with other than was asked");
  }
  for (size_t i = 0; i < keys.size(); ++i) {
    const redisReply& found = *reply->element[i + 1];
    if (is_error(found) && !is_wrong_type(text_of(found))) return connection_->error_of(found);
    const ParsedRecord record = parse_record(config_.form, found);
    const auto tombstone = parse_revision(text_of(*reply->element[0]->element[i]));
    out.push_back({.key = keys[i],
                   .is_present = record.is_present,
                   .is_foreign = record.is_present && !record.revision,
                   .revision = record.revision.value_or(Revision()),
                   .tombstone = tombstone.value_or(Revision()),
                   .content = record.content});
  }
  return {};
}

Result<Digest> RedisTarget::expected(const DocumentPlan& plan, const Image& image) {
  const RecordLayout* layout = TRY(layout_of(plan));
  return image.record ? layout->expected(*image.record) : Digest();
}

Result<std::string> RedisTarget::show(const DocumentPlan& plan, const DocumentKey& key) {
  const RecordLayout* layout = TRY(layout_of(plan));
  std::string redis_key;
  TRY(layout->keys().expand(key, redis_key));
  const Reply reply = TRY(connection_->ask({read_command(), redis_key}));
  if (is_error(*reply) && !is_wrong_type(text_of(*reply))) return connection_->error_of(*reply);
  return show_record(*reply);
}

// --- all keys of a type -------------------------------------------------------------------------

Result<WalkPage> RedisTarget::walk(const DocumentPlan& plan, const std::string& cursor,
                                   Revision below, size_t keys_about) {
  const RecordLayout* layout = TRY(layout_of(plan));
  const ScanPage scanned =
      TRY(scan(*connection_, cursor, layout->keys().pattern(), std::max<size_t>(keys_about, 1)));
  WalkPage page;
  page.cursor = scanned.cursor;
  std::vector<std::pair<DocumentKey, std::string_view>> candidates;
  for (const std::string& redis_key : scanned.keys) {
    std::optional<DocumentKey> key = layout->keys().parse(redis_key);
    if (key) {
      candidates.emplace_back(std::move(*key), redis_key);
    } else {
      page.foreign.push_back(redis_key);
    }
  }
  for (size_t begin = 0; begin < candidates.size(); begin += kKeysPerCall) {
    const size_t end = std::min(begin + kKeysPerCall, candidates.size());
    Arguments keys;
    for (size_t i = begin; i < end; ++i) keys.add(candidates[i].second);
    const Reply reply = TRY(scripts_.call(Script::kRevisions, keys, {}));
    for (size_t i = begin; i < end && i - begin < reply->elements; ++i) {
      const std::string_view text = text_of(*reply->element[i - begin]);
      const std::optional<Revision> revision = parse_revision(text);
      if (!revision && !text.empty()) page.foreign.emplace_back(candidates[i].second);
      if (!revision || (below.value > 0 && *revision >= below)) continue;
      page.keys.push_back(std::move(candidates[i].first));
      page.revisions.push_back(*revision);
    }
  }
  return page;
}

Result<uint64_t> RedisTarget::purge(const DocumentPlan& plan) {
  const RecordLayout* layout = TRY(layout_of(plan));
  uint64_t removed = 0;
  std::string cursor;
  do {
    const ScanPage page = TRY(scan(*connection_, cursor, layout->keys().pattern(), kKeysPerCall));
    Arguments keys{layout->state_key()};
    for (const std::string& key : page.keys) {
      if (layout->keys().parse(key)) keys.add(key);
    }
    const Reply reply =
        TRY(scripts_.call(Script::kPurge, keys, head(Revision(), kNoDeadline).arguments()));
    if (reply->type != REDIS_REPLY_INTEGER) {
      return error_of_answer(text_of(*reply), plan, connection_->where());
    }
    removed += static_cast<uint64_t>(reply->integer);
    cursor = page.cursor;
  } while (!cursor.empty());
  const std::string tombstones = std::string(kTombstonePrefix) + layout->keys().pattern();
  do {
    const ScanPage page = TRY(scan(*connection_, cursor, tombstones, kKeysPerCall));
    Arguments command{"DEL", layout->floor_key()};
    for (const std::string& key : page.keys) {
      if (layout->keys().parse(std::string_view(key).substr(kTombstonePrefix.size()))) {
        command.add(key);
      }
    }
    TRY(connection_->call(command));
    cursor = page.cursor;
  } while (!cursor.empty());
  return removed;
}

Result<uint64_t> RedisTarget::count(const DocumentPlan& plan) {
  const RecordLayout* layout = TRY(layout_of(plan));
  uint64_t seen = 0;
  uint64_t ours = 0;
  std::string cursor;
  do {
    const ScanPage page = TRY(scan(*connection_, cursor, "", 1000));
    seen += page.keys.size();
    for (const std::string& key : page.keys) ours += layout->keys().parse(key) ? 1 : 0;
    cursor = page.cursor;
  } while (!cursor.empty() && seen < kCountSample);
  if (cursor.empty() || seen == 0) return ours;
  const Reply all = TRY(connection_->call({"DBSIZE"}));
  return static_cast<uint64_t>(static_cast<double>(ours) / static_cast<double>(seen) *
                               static_cast<double>(all->integer));
}

class RedisConnector final : public ports::TargetConnector {
 public:
  RedisConnector(const config::RedisConfig& config, const config::Options& options,
                 const Identity& identity, Clock& clock)
      : config_(config), options_(options), identity_(identity), clock_(clock) {}

  const TargetName& name() const override { return name_; }

  Result<std::unique_ptr<ports::Target>> connect() override {
    std::unique_ptr<Connection> connection =
        TRY(Connection::open(config_.endpoint, options_.store_timeout));
    ServerFacts facts = TRY(ask_facts(*connection));
    return std::unique_ptr<ports::Target>(new RedisTarget(config_, options_, identity_, clock_,
                                                          std::move(connection), std::move(facts)));
  }

 private:
  const TargetName name_{"redis"};
  const config::RedisConfig config_;
  const config::Options options_;
  const Identity identity_;
  Clock& clock_;
};

}  // namespace

std::unique_ptr<ports::TargetConnector> make_connector(const config::RedisConfig& config,
                                                       const config::Options& options,
                                                       const Identity& identity, Clock& clock) {
  return std::make_unique<RedisConnector>(config, options, identity, clock);
}

Result<std::vector<ports::Finding>> server_findings(const config::RedisConfig& config,
                                                    const config::Options& options) {
  const auto connection = TRY(Connection::open(config.endpoint, options.store_timeout));
  const ServerFacts facts = TRY(ask_facts(*connection));
  std::vector<ports::Finding> findings;
  const auto eviction = check_eviction(facts, connection->where());
  if (!eviction.ok())
    findings.push_back(
        {ports::Level::kError, "redis", eviction.error().message(), eviction.error().hint()});
  if (config.ttl_seconds > 0 || (eviction.ok() && facts.evicts()))
    findings.push_back({ports::Level::kNote, "redis",
                        "records may vanish by themselves (ttl, or an evicting maxmemory): verify "
                        "cannot prove that none is missing",
                        "ttl: 0s, and maxmemory-policy noeviction, if that matters"});
  if (facts.has_aof) return findings;
  const auto saves = connection->call({"CONFIG", "GET", "save"});
  if (!saves.ok() || (*saves)->elements != 2 || !text_of(*(*saves)->element[1]).empty())
    return findings;  // it may be forbidden to ask
  findings.push_back({ports::Level::kNote, "redis",
                      "persistence is off: a restart forgets everything, and all is loaded again",
                      "appendonly yes in the server's configuration"});
  return findings;
}

}  // namespace syncline::redis
