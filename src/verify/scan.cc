#include "verify/scan.h"

#include <algorithm>
#include <future>

namespace syncline::verify {
namespace {

using document::DocumentKey;
using document::DocumentPlan;
using document::Image;
using document::Revision;
using document::TargetName;

constexpr size_t kForeignNamesMax = 20;
constexpr int kWalkAttempts = 3;
constexpr std::chrono::seconds kPauseBetweenWalks{1};

/// The keys of those images that a target does not hold, or not so that one view proves it.
Result<std::vector<DocumentKey>> unlike(ports::Target& target, const DocumentPlan& plan,
                                        Revision view, const std::vector<Image>& images) {
  std::vector<DocumentKey> keys;
  for (const Image& image : images) keys.push_back(image.key);
  const auto records = TRY(target.read(plan, keys));
  std::vector<DocumentKey> suspects;
  for (size_t i = 0; i < images.size(); ++i) {
    const auto& record = records[i];
    bool is_good = record.is_present && !record.is_foreign &&
                   std::max(record.revision, record.tombstone) <= view &&
                   record.revision >= record.tombstone;
    if (is_good) {
      const auto expected = target.expected(plan, images[i]);
      if (!expected.ok() && expected.error().is_transient()) return expected.error();
      is_good = expected.ok() && *expected == record.content;
    }
    if (!is_good) suspects.push_back(keys[i]);
  }
  return suspects;
}

}  // namespace

bool Pace::spend(uint64_t documents, const std::stop_token& stop) {
  spent_ += documents;
  if (per_second_ == 0) return !stop.stop_requested();
  const double due_s = static_cast<double>(spent_) / static_cast<double>(per_second_);
  const auto due = begun_ + std::chrono::nanoseconds(static_cast<int64_t>(due_s * 1e9));
  const auto now = clock_.boot_now();
  return due > now ? clock_.sleep(due - now, stop) : !stop.stop_requested();
}

Scan::Scan(Sessions& sessions, const config::Options& options, Suspects& suspects, Report& report,
           Pace& pace, const Watch& watch)
    : sessions_(sessions),
      options_(options),
      suspects_(suspects),
      report_(report),
      pace_(pace),
      watch_(watch) {}

Result<void> Scan::run(const DocumentPlan& plan) {
  TRY(begin(plan));
  is_walking_source_ = true;
  TRY(walk_source(plan));
  is_walking_source_ = false;
  for (const auto& name : sessions_.targets()) {
    if (answering_.contains(name)) TRY(walk_target(plan, name));
  }
  return {};
}

Result<void> Scan::begin(const DocumentPlan& plan) {
  progress_.document = plan.name;
  progress_.documents = 0;
  progress_.documents_about = 0;
  collected_.clear();
  answering_.clear();
  TRY(read_loads(plan));
  const auto& names = sessions_.targets();
  answering_.insert(names.begin(), names.end());
  for (const auto& name : names) {
    report_.tallies[{plan.name, name}];
    const auto count =
        sessions_.target(name, [&](ports::Target& target) { return target.count(plan); });
    if (!count.ok()) {
      TRY(leave_out(plan, name, count.error()));
    } else {
      progress_.documents_about = std::max(progress_.documents_about, *count);
    }
  }
  progress_.documents_about *= 1 + answering_.size();
  return {};
}

/// Done before every view that is judged by it: a load that finished only after the target was read
/// would turn what it had not written by then into a fault.
Result<void> Scan::read_loads(const DocumentPlan& plan) {
  loads_.clear();
  for (const auto& name : sessions_.targets()) {
    loads_[name] = {.document = plan.name, .target = name};
  }
  for (auto& load : TRY(sessions_.mysql([&] { return sessions_.state().loads(); }))) {
    if (load.document == plan.name) loads_[load.target] = load;
  }
  return {};
}

Result<void> Scan::walk_source(const DocumentPlan& plan) {
  ports::KeyRange range;
  for (bool is_exhausted = false; !is_exhausted;) {
    Revision view_number;
    const auto piece = TRY(sessions_.in_view([&](ports::View& view, BootTime) {
      view_number = view.revision();
      return view.read_range(
          plan, range,
          {.documents_max = options_.verify_batch_documents, .bytes_max = options_.read_bytes_max});
    }));
    is_exhausted = piece.is_exhausted || !piece.last;
    range.after = piece.last;
    TRY(compare(plan, view_number, piece.images));
    for (const auto& name : sessions_.targets()) TRY(look_at_collected(plan, name, false));
    TRY(advance(piece.images.size()));
  }
  for (const auto& name : sessions_.targets()) TRY(look_at_collected(plan, name, true));
  return {};
}

Result<void> Scan::compare(const DocumentPlan& plan, Revision view,
                           const std::vector<Image>& images) {
  std::map<TargetName, std::future<Result<std::vector<DocumentKey>>>> answers;
  for (const auto& name : answering_) {
    answers[name] = std::async(std::launch::async, [&, name] {
      return sessions_.target(name, [&](ports::Target& target) -> Result<std::vector<DocumentKey>> {
        return unlike(target, plan, view, images);
      });
    });
  }
  std::map<TargetName, Result<std::vector<DocumentKey>>> suspects;
  for (auto& [name, answer] : answers) suspects.emplace(name, answer.get());
  for (const auto& name : sessions_.targets()) {
    auto& tally = report_.tallies[{plan.name, name}];
    tally.rows += images.size();
    const auto found = suspects.find(name);
    if (found == suspects.end() || !found->second.ok()) {
      tally.counts[Verdict::kLag] += images.size();
      if (found != suspects.end()) TRY(leave_out(plan, name, found->second.error()));
      continue;
    }
    auto& keys = *found->second;
    if (images.size() > keys.size()) tally.counts[Verdict::kGood] += images.size() - keys.size();
    collected_[name].insert(collected_[name].end(), keys.begin(), keys.end());
  }
  return {};
}

Result<void> Scan::walk_target(const DocumentPlan& plan, const TargetName& name) {
  for (int attempt = 1;; ++attempt) {
    const auto walked = walk_once(plan, name);
    if (walked.ok() || !walked.error().is_transient()) return walked;
    if (!sessions_.has_failed(name) || !answering_.contains(name)) return walked;
    // A cursor says nothing to a store that was restarted: the walk begins anew.
    if (attempt == kWalkAttempts) return leave_out(plan, name, walked.error());
    if (!sessions_.clock().sleep(kPauseBetweenWalks, sessions_.stop())) {
      return cancelled("verification was stopped");
    }
  }
}

Result<void> Scan::walk_once(const DocumentPlan& plan, const TargetName& name) {
  auto& tally = report_.tallies[{plan.name, name}];
  tally.records = tally.foreign = 0;
  tally.foreign_names.clear();
  collected_[name].clear();
  std::string cursor;
  do {
    const auto page = TRY(sessions_.target_once(name, [&](ports::Target& target) {
      return target.walk(plan, cursor, Revision(), options_.verify_batch_documents);
    }));
    cursor = page.cursor;
    tally.records += page.keys.size();
    tally.foreign += page.foreign.size();
    for (const auto& foreign : page.foreign) {
      if (tally.foreign_names.size() < kForeignNamesMax) tally.foreign_names.push_back(foreign);
    }
    if (!page.keys.empty()) {
      const auto absent = TRY(sessions_.in_view(
          [&](ports::View& view, BootTime) { return view.absent(plan, page.keys); }));
      collected_[name].insert(collected_[name].end(), absent.begin(), absent.end());
    }
    TRY(look_at_collected(plan, name, false));
    if (!answering_.contains(name)) return {};
    TRY(advance(page.keys.size()));
  } while (!cursor.empty());
  return look_at_collected(plan, name, true);
}

Result<void> Scan::look_at_collected(const DocumentPlan& plan, const TargetName& name, bool all) {
  auto& keys = collected_[name];
  const size_t batch = options_.verify_batch_documents;
  while (keys.size() >= batch || (all && !keys.empty())) {
    std::vector<DocumentKey> some(keys.begin(), keys.begin() + std::min(batch, keys.size()));
    keys.erase(keys.begin(), keys.begin() + some.size());
    // A store may show a key more than once during a walk.
    std::sort(some.begin(), some.end());
    some.erase(std::unique(some.begin(), some.end()), some.end());
    if (answering_.contains(name)) {
      const auto looked = look_at(plan, name, some);
      if (looked.ok()) continue;
      if (!sessions_.has_failed(name)) return looked.error();
      TRY(leave_out(plan, name, looked.error()));
    }
    report_.tallies[{plan.name, name}].counts[Verdict::kLag] += some.size();
  }
  return {};
}

Result<void> Scan::look_at(const DocumentPlan& plan, const TargetName& name,
                           std::span<const DocumentKey> keys) {
  const Suspects::Place place{plan.name, name};
  auto sightings = TRY(look(sessions_, options_, plan, loads_.at(name), keys,
                            [&](const DocumentKey& key) { return suspects_.recall(place, key); }));
  for (Sighting& sighting : sightings) {
    const Sighting* before = suspects_.recall(place, sighting.key);
    sighting.is_row = before ? before->is_row : is_walking_source_;
  }
  suspects_.note(place, sightings);
  return {};
}

Result<void> Scan::look_again(const DocumentPlan& plan, const Suspects::Place& place) {
  const auto keys = suspects_.open_keys(place);
  const std::span<const DocumentKey> all(keys);
  ++progress_.round;
  TRY(read_loads(plan));
  for (size_t i = 0; i < keys.size(); i += options_.verify_batch_documents) {
    const size_t count = std::min<size_t>(options_.verify_batch_documents, keys.size() - i);
    const auto looked = look_at(plan, place.second, all.subspan(i, count));
    if (!looked.ok()) {
      const bool is_away = looked.error().is_transient() && sessions_.has_failed(place.second);
      return is_away ? Result<void>() : looked;
    }
    TRY(advance(0));
  }
  return {};
}

Result<void> Scan::leave_out(const DocumentPlan& plan, const TargetName& name, const Error& error) {
  if (!error.is_transient()) return error;
  answering_.erase(name);
  report_.tallies[{plan.name, name}].incomplete = error.message();
  if (answering_.empty()) return error.within("no target answers");
  return {};
}

Result<void> Scan::advance(uint64_t documents) {
  progress_.documents += documents;
  progress_.faults = report_.faults();
  if (watch_) watch_(progress_);
  if (!pace_.spend(documents, sessions_.stop())) return cancelled("verification was stopped");
  return {};
}

}  // namespace syncline::verify
