#include "verify/look.h"

#include <map>
#include <set>

#include "ports/trial.h"

namespace syncline::verify {
namespace {

using document::DocumentKey;
using document::DocumentPlan;
using document::Image;
using document::Revision;
using document::TargetName;
using ports::StoredRecord;

/// A row may lead to many documents.
constexpr size_t kLogPage = 1000;
/// A longer log is not resolved: every key counts as dirty until the stream has caught up.
constexpr size_t kLogRowsMax = 20000;

/// What the view says.
struct SourceSide {
  BootTime begun;
  Revision view;
  std::map<DocumentKey, Image> images;
  std::set<DocumentKey> dirty;
  bool is_any_dirty = false;  ///< any key may be
  std::set<DocumentKey> owed;
};

/// What the target holds, and what it would hold of the rows.
struct TargetSide {
  std::vector<StoredRecord> records;
  std::vector<bool> is_equal;
  bool may_expire = false;
};

Result<void> read_dirty(ports::View& view, const DocumentPlan& plan,
                        std::span<const DocumentKey> keys, size_t wide_min, SourceSide& source) {
  const std::set<DocumentKey> asked(keys.begin(), keys.end());
  document::LogId after;
  for (size_t rows = 0;;) {
    const auto page = TRY(view.read_log(after, kLogPage));
    if (page.empty()) return {};
    rows += page.size();
    if (rows > kLogRowsMax) {
      source.is_any_dirty = true;
      return {};
    }
    const auto resolution = TRY(view.resolve(page, wide_min));
    if (resolution.wide_documents.contains(plan.name) || resolution.has_unknown_catalogue) {
      source.is_any_dirty = true;
      return {};
    }
    if (const auto found = resolution.keys.find(plan.name); found != resolution.keys.end()) {
      for (const auto& key : found->second) {
        if (asked.contains(key)) source.dirty.insert(key);
      }
    }
    if (page.size() < kLogPage) return {};
    after = page.back().id;
  }
}

/// Rows, dirty keys and owed keys of one view. A change that the target has not acknowledged is in
/// the log or owed, and goes from one to the other in one transaction: in one view it is seen in
/// one of the two. Asked in two moments, it could be missed in both, and a late key be called a
/// fault.
Result<SourceSide> read_source(Sessions& sessions, const config::Options& options,
                               const DocumentPlan& plan, const TargetName& target,
                               std::span<const DocumentKey> keys) {
  return sessions.in_view([&](ports::View& view, BootTime begun) -> Result<SourceSide> {
    SourceSide source{.begun = begun, .view = view.revision()};
    for (Image& image : TRY(view.read(plan, keys))) {
      DocumentKey key = image.key;
      source.images.insert_or_assign(std::move(key), std::move(image));
    }
    TRY(read_dirty(view, plan, keys, options.stream_wide_documents, source));
    for (auto& key : TRY(view.owed(plan.name, target, keys))) source.owed.insert(std::move(key));
    return source;
  });
}

Result<TargetSide> read_target(ports::Target& target, const DocumentPlan& plan,
                               std::span<const DocumentKey> keys,
                               const std::map<DocumentKey, Image>& images,
                               std::vector<StoredRecord> early = {}) {
  if (early.empty()) early = TRY(target.read(plan, keys));
  TargetSide side{.records = std::move(early), .may_expire = target.may_expire()};
  for (const StoredRecord& record : side.records) {
    const auto image = images.find(record.key);
    bool is_equal = false;
    if (record.is_present && image != images.end() && image->second.record) {
      // A document that cannot be written at all has nothing equal to it.
      const auto expected = target.expected(plan, image->second);
      if (!expected.ok() && expected.error().is_transient()) return expected.error();
      is_equal = expected.ok() && *expected == record.content;
    }
    side.is_equal.push_back(is_equal);
  }
  return side;
}

/// That a load which was finished before the view is still the last one, now that the target was
/// read. As soon as another one has begun, the target refuses what is older than it, the log is
/// settled all the same, and the record waits for its chunk.
Result<bool> is_still_loaded(Sessions& sessions, const ports::Load& load) {
  if (load.phase != ports::LoadPhase::kLoaded) return false;
  for (const auto& now : TRY(sessions.mysql([&] { return sessions.state().loads(); }))) {
    if (now.document != load.document || now.target != load.target) continue;
    return now.phase == ports::LoadPhase::kLoaded && now.first == load.first;
  }
  return false;
}

bool is_same_state(const StoredRecord& a, const StoredRecord& b) {
  return a.is_present == b.is_present && a.revision == b.revision && a.tombstone == b.tombstone &&
         a.content == b.content;
}

/// The highest revision at which another target holds exactly the row: what a record that lost a
/// write should have reached.
Revision reached_elsewhere(Sessions& sessions, const DocumentPlan& plan, const TargetName& not_in,
                           const Image& image, Revision newest) {
  Revision reached;
  for (const auto& name : sessions.targets()) {
    if (name == not_in || sessions.has_failed(name)) continue;
    const std::span<const DocumentKey> key(&image.key, 1);
    const std::map<DocumentKey, Image> images{{image.key, image}};
    const auto side = sessions.target(
        name, [&](ports::Target& target) { return read_target(target, plan, key, images); });
    // Only tells stale from corrupt: without an answer the fault has the other name.
    if (!side.ok() || !side->is_equal[0] || side->records[0].revision > newest) continue;
    reached = std::max(reached, side->records[0].revision);
  }
  return reached;
}

}  // namespace

Result<std::vector<Sighting>> look(Sessions& sessions, const config::Options& options,
                                   const DocumentPlan& plan, const ports::Load& load,
                                   std::span<const DocumentKey> keys, const Recall& recall) {
  std::vector<StoredRecord> early;
  if (ports::is_broken(ports::Rule::kTargetAfterView)) {
    early = TRY(sessions.target(load.target, [&](ports::Target& t) { return t.read(plan, keys); }));
    ports::step();
  }
  const SourceSide source = TRY(read_source(sessions, options, plan, load.target, keys));
  ports::step();
  const TargetSide target = TRY(sessions.target(load.target, [&](ports::Target& connection) {
    return read_target(connection, plan, keys, source.images, early);
  }));
  ports::step();
  const bool is_loaded = TRY(is_still_loaded(sessions, load));
  ports::step();
  const Revision newest = TRY(sessions.newest());
  const BootTime now = sessions.clock().boot_now();
  // A tombstone may have expired since a view as old as this: what is absent says nothing then.
  const bool is_late = now - source.begun > options.age_fence;

  std::vector<Sighting> sightings;
  for (size_t i = 0; i < keys.size(); ++i) {
    const auto& image = source.images.at(keys[i]);
    Sighting sighting{.key = keys[i],
                      .is_dirty = source.is_any_dirty || source.dirty.contains(keys[i]) || is_late,
                      .view = source.view,
                      .stored = target.records[i],
                      .seen_at = now};
    Evidence evidence{.is_loaded = is_loaded,
                      .view = source.view,
                      .is_in_source = image.record.has_value(),
                      .is_content_equal = target.is_equal[i],
                      .is_dirty = sighting.is_dirty,
                      .is_owed = source.owed.contains(keys[i]),
                      .may_expire = target.may_expire,
                      .stored = &sighting.stored,
                      .newest = newest,
                      .due = load.first};
    if (const Sighting* before = recall(keys[i]);
        before && is_same_state(before->stored, sighting.stored)) {
      sighting.seen_at = before->seen_at;
      evidence.is_unchanged_after_fence = now - before->seen_at > options.age_fence;
    }
    sighting.verdict = judge(evidence);
    if (sighting.verdict == Verdict::kCorrupt) {
      evidence.due = reached_elsewhere(sessions, plan, load.target, image, newest);
      sighting.verdict = judge(evidence);
    }
    sightings.push_back(std::move(sighting));
  }
  return sightings;
}

}  // namespace syncline::verify
