#include "verify/repair.h"

#include <algorithm>

#include "ports/trial.h"

namespace syncline::verify {
namespace {

using document::DocumentKey;
using document::DocumentPlan;
using document::Image;
using document::Revision;

/// Keys noted in one transaction.
constexpr size_t kNotesMax = 500;

/// What one view says of a key.
struct Seen {
  Revision view;
  Image image;
};

Result<Seen> read_image(Sessions& sessions, const DocumentPlan& plan, const DocumentKey& key) {
  return sessions.in_view([&](ports::View& view, BootTime) -> Result<Seen> {
    const auto images = TRY(view.read(plan, std::span<const DocumentKey>(&key, 1)));
    const auto found = std::find_if(images.begin(), images.end(),
                                    [&](const Image& image) { return image.key == key; });
    CHECK(found != images.end());
    return Seen{view.revision(), *found};
  });
}

Result<void> replace_from_future(Sessions& sessions, const DocumentPlan& plan,
                                 const Finding& finding) {
  const Seen seen = TRY(read_image(sessions, plan, finding.key));
  return sessions.target(finding.target, [&](ports::Target& target) -> Result<void> {
    const auto records = TRY(target.read(plan, std::span<const DocumentKey>(&finding.key, 1)));
    const Revision newest = TRY(sessions.newest());
    for (const Revision bogus : {records[0].revision, records[0].tombstone}) {
      if (bogus <= newest) continue;
      ports::step();
      TRY(target.replace_from_future(plan, seen.image, seen.view, bogus));
    }
    return {};
  });
}

}  // namespace

Result<void> repair(Sessions& sessions, std::span<const DocumentPlan> plans, Report& report) {
  for (const DocumentPlan& plan : plans) {
    std::vector<DocumentKey> keys;
    std::vector<Finding*> mended;
    for (Finding& finding : report.findings) {
      if (finding.document != plan.name || !is_fault(finding.verdict)) continue;
      if (finding.verdict == Verdict::kFuture) {
        const auto replaced = replace_from_future(sessions, plan, finding);
        if (!replaced.ok() && !replaced.error().is_transient()) return replaced;
        if (!replaced.ok()) continue;
      }
      // After a replacement too: until then the record refused every write as older, and a write
      // that is refused so counts as done. What changed since the image was read is read again.
      keys.push_back(finding.key);
      mended.push_back(&finding);
    }
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    const std::span<const DocumentKey> all(keys);
    for (size_t i = 0; i < keys.size(); i += kNotesMax) {
      const auto some = all.subspan(i, std::min(kNotesMax, keys.size() - i));
      ports::step();
      TRY(sessions.mysql([&] { return sessions.change_log().note(plan.name, some); }));
    }
    for (Finding* finding : mended) finding->is_repaired = true;
    report.repaired += mended.size();
  }
  return {};
}

}  // namespace syncline::verify
