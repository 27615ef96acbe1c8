#include "refresh/target_set.h"

#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "document/json.h"
#include "document/scalar_text.h"

namespace syncline::refresh {
namespace {

/// More than are ever on their way to be noted: what was counted before a loss stays below.
constexpr uint64_t kLeap = 1'000'000'000;

/// The document types whose counter stands below what is known of it.
std::vector<DocumentName> lost(const ports::StateRecord& record,
                               const std::map<DocumentName, uint64_t>& known) {
  std::vector<DocumentName> documents;
  for (const auto& [document, count] : record.writes) {
    const auto found = known.find(document);
    if (found != known.end() && count < found->second) documents.push_back(document);
  }
  return documents;
}

uint64_t count_in(const std::map<TargetName, std::map<DocumentName, uint64_t>>& counts,
                  const TargetName& target, const DocumentName& document) {
  const auto of_target = counts.find(target);
  if (of_target == counts.end()) return 0;
  const auto found = of_target->second.find(document);
  return found == of_target->second.end() ? 0 : found->second;
}

}  // namespace

TargetSet::TargetSet(std::vector<ports::TargetConnector*> connectors,
                     std::span<const DocumentPlan> plans, Clock& clock, ports::Database& database,
                     bool adopt)
    : connectors_(std::move(connectors)), plans_(plans), clock_(clock), state_(database.state()) {
  for (const auto* connector : connectors_) {
    names_.push_back(connector->name());
    if (adopt) to_adopt_.insert(connector->name());
    health_[connector->name()].since = clock_.boot_now();
  }
}

Result<std::unique_ptr<ports::Target>> TargetSet::connect(const TargetName& name) {
  const auto connector = std::find_if(connectors_.begin(), connectors_.end(),
                                      [&](const auto* c) { return c->name() == name; });
  CHECK(connector != connectors_.end());
  const Counts known = TRY(known_counts(name));  // a MySQL that is away is no failure of the target
  auto target = (*connector)->connect();
  if (!target) {
    note_failure(name, target.error());
    return target.error();
  }
  if (const auto prepared = prepare(**target, known, is_to_adopt(name)); !prepared) {
    note_failure(name, prepared.error());
    return prepared.error();
  }
  note_success(name);
  return target;
}

bool TargetSet::is_to_adopt(const TargetName& name) const {
  const std::lock_guard lock(mutex_);
  return to_adopt_.contains(name);
}

Result<void> TargetSet::check(ports::Target& target) {
  const auto known = known_counts(target.name());
  if (!known && known.error().is_transient()) return {};  // nothing is settled meanwhile either
  if (!known) return known.error();
  const ports::StateRecord record = TRY(target.standing(plans_));
  return lost(record, *known).empty() ? Result<void>() : deal_with_loss(target);
}

Result<void> TargetSet::prepare(ports::Target& target, const Counts& known, bool adopt) {
  const ports::StateRecord record = TRY(target.prepare(plans_, adopt));
  {
    const std::lock_guard lock(mutex_);
    if (adopt) to_adopt_.erase(target.name());
    known_revision_ = std::max(known_revision_, record.revision);
  }
  return lost(record, known).empty() ? Result<void>() : deal_with_loss(target);
}

/// To be called before the target's counters are read.
Result<TargetSet::Counts> TargetSet::known_counts(const TargetName& name) {
  std::vector<ports::WriteCount> all;
  {
    const std::lock_guard lock(state_mutex_);
    all = TRY(state_->write_counts());
  }
  const std::lock_guard lock(mutex_);
  Counts known;
  for (const auto& count : all) {
    if (count.target == name) known[count.document] = count.count;
  }
  noted_[name] = known;
  for (const auto& [document, count] : seen_[name]) {
    known[document] = std::max(known[document], count);
  }
  return known;
}

Result<void> TargetSet::deal_with_loss(ports::Target& target) {
  const TargetName& name = target.name();
  const std::lock_guard one_at_a_time(loss_mutex_);
  const Counts known = TRY(known_counts(name));
  const ports::StateRecord record = TRY(target.prepare(plans_, false));
  const std::vector<DocumentName> documents = lost(record, known);
  if (documents.empty()) return {};
  std::vector<ports::WriteCount> raised;
  std::vector<std::string> words;
  for (const auto& document : documents) {
    const uint64_t count = known.at(document);
    raised.push_back({name, document, count + kLeap});
    words.push_back(fmt::format("{} is at write {} of {}", document.value,
                                with_commas(record.writes.at(document)), with_commas(count)));
  }
  const std::string detail = join(words, ", ");
  std::string text = R"({"at":")" + document::datetime_text(clock_.wall_now()) + R"(","detail":)";
  document::append_json_string(detail, text);
  bool is_first = false;
  {
    const std::lock_guard lock(state_mutex_);
    is_first = TRY(state_->note_loss(name, raised, text + "}"));
  }
  for (const auto& count : raised) {
    const auto plan = std::find_if(plans_.begin(), plans_.end(),
                                   [&](const auto& p) { return p.name == count.document; });
    TRY(target.raise_writes(*plan, count.count));
    note_writes(name, count.document, count.count);
  }
  if (is_first) {
    log_warn("{} lost what it had acknowledged ({}): `syncline run` loads all of it again",
             name.value, detail);
  }
  return {};
}

void TargetSet::note_success(const TargetName& name) {
  const std::lock_guard lock(mutex_);
  auto& health = health_[name];
  if (!health.is_up) health = {.is_up = true, .since = clock_.boot_now()};
}

void TargetSet::note_failure(const TargetName& name, const Error& error) {
  if (!error.is_transient()) return;
  const std::lock_guard lock(mutex_);
  auto& health = health_[name];
  if (health.is_up) health.since = clock_.boot_now();
  health.is_up = false;
  health.reason = error.message();
}

uint64_t TargetSet::writes(const TargetName& name, const DocumentName& document) const {
  const std::lock_guard lock(mutex_);
  return std::max(count_in(noted_, name, document), count_in(seen_, name, document));
}

void TargetSet::note_writes(const TargetName& name, const DocumentName& document, uint64_t count) {
  const std::lock_guard lock(mutex_);
  auto& seen = seen_[name][document];
  seen = std::max(seen, count);
}

Health TargetSet::health(const TargetName& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = health_.find(name);
  return found != health_.end() ? found->second : Health{};
}

Revision TargetSet::known_revision() const {
  const std::lock_guard lock(mutex_);
  return known_revision_;
}

}  // namespace syncline::refresh
