#include "verify/verifier.h"

#include <algorithm>

#include "base/log.h"
#include "document/scalar_text.h"
#include "verify/repair.h"
#include "verify/scan.h"
#include "verify/sessions.h"
#include "verify/suspects.h"

namespace syncline::verify {
namespace {

using document::DocumentPlan;
using std::chrono::milliseconds;

/// Keys to look at again that one run remembers, and faults that it lists.
constexpr size_t kSuspectsMax = 200'000;
constexpr milliseconds kRoundPauseMin{100};
constexpr milliseconds kRoundPauseMax{2000};

Result<std::vector<DocumentPlan>> selected(std::span<const DocumentPlan> plans,
                                           const std::vector<document::DocumentName>& names) {
  for (const auto& name : names) {
    if (std::none_of(plans.begin(), plans.end(),
                     [&](const auto& plan) { return plan.name == name; })) {
      return not_found("this pipeline has no document type '" + name.value + "'");
    }
  }
  std::vector<DocumentPlan> out;
  for (const DocumentPlan& plan : plans) {
    if (names.empty() || std::find(names.begin(), names.end(), plan.name) != names.end()) {
      out.push_back(plan);
    }
  }
  return out;
}

Result<void> look_again(Scan& scan, Sessions& sessions, Suspects& suspects,
                        std::span<const DocumentPlan> plans, std::chrono::seconds within) {
  const BootTime begun = sessions.clock().boot_now();
  milliseconds pause = kRoundPauseMin;
  while (suspects.is_any_open() && sessions.clock().boot_now() - begun < within) {
    if (!sessions.clock().sleep(pause, sessions.stop())) {
      return cancelled("verification was stopped");
    }
    pause = std::min(pause * 2, kRoundPauseMax);
    for (const auto& place : suspects.open_places()) {
      const auto plan = std::find_if(plans.begin(), plans.end(),
                                     [&](const auto& p) { return p.name == place.first; });
      TRY(scan.look_again(*plan, place));
    }
  }
  suspects.give_up();
  return {};
}

Result<void> publish(Sessions& sessions, const Report& report, const std::string& at) {
  for (const auto& [place, tally] : report.tallies) {
    const std::string name = "verdict:" + place.first.value + ":" + place.second.value;
    const std::string text =
        fmt::format(R"({{"verdict":"{}","at":"{}","faults":{},"unverified":{},"rows":{}}})",
                    tally.verdict(), at, tally.faults(), tally.unverified(), tally.rows);
    TRY(sessions.mysql([&] { return sessions.state().put(name, text); }));
  }
  return {};
}

ports::LedgerEntry ledger_entry(const Request& request) {
  ports::LedgerEntry entry{.kind = request.repair ? "repair" : "verify", .state = "running"};
  if (request.documents.size() == 1) entry.document = request.documents[0].value;
  entry.detail = "{}";
  return entry;
}

/// A row for each run; the detail has the counts by verdict, not the keys.
void close_ledger(Sessions& sessions, ports::LedgerEntry entry, const Report& report,
                  const Result<void>& result) {
  const bool is_stopped = !result.ok() && result.error().kind() == ErrorKind::kCancelled;
  entry.state = result.ok() ? "done" : is_stopped ? "interrupted" : "failed";
  for (const auto& [place, tally] : report.tallies) entry.read += tally.rows;
  Report counts = report;
  counts.findings.clear();
  entry.detail = to_json(counts);
  const auto updated = sessions.state().update_ledger(entry);
  if (!updated.ok()) log_warn("the ledger lacks a verification: {}", updated.error().text());
}

}  // namespace

Verifier::Verifier(const Parts& parts) : parts_(parts) {}

Result<Report> Verifier::run(const Request& request, std::stop_token stop,
                             const std::function<void(const Progress&)>& on_progress) {
  Sessions sessions(parts_.database, parts_.targets, parts_.clock, stop);
  const auto plans = TRY(selected(parts_.plans, request.documents));
  ports::LedgerEntry entry = ledger_entry(request);
  entry.id = TRY(sessions.mysql([&] { return sessions.state().open_ledger(entry); }));

  const BootTime begun = parts_.clock.boot_now();
  Report report;
  Suspects suspects(report, request.findings_max, kSuspectsMax);
  Pace pace(parts_.clock, request.documents_per_second);
  Scan scan(sessions, parts_.options, suspects, report, pace, on_progress);

  const auto examine = [&]() -> Result<void> {
    for (const DocumentPlan& plan : plans) TRY(scan.run(plan));
    TRY(look_again(scan, sessions, suspects, plans, request.within));
    if (request.repair) TRY(repair(sessions, plans, report));
    return publish(sessions, report, document::datetime_text(parts_.clock.wall_now()));
  };
  const auto result = examine();
  report.took = std::chrono::duration_cast<milliseconds>(parts_.clock.boot_now() - begun);
  close_ledger(sessions, entry, report, result);
  if (!result.ok()) return result.error();
  return report;
}

}  // namespace syncline::verify
