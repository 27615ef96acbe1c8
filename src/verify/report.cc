#include "verify/report.h"

#include <algorithm>
#include <array>

#include "base/log.h"
#include "base/text.h"
#include "document/json.h"

namespace syncline::verify {
namespace {

constexpr std::array kVerdicts{
    Verdict::kGood,   Verdict::kMissing, Verdict::kExtra, Verdict::kStale,     Verdict::kCorrupt,
    Verdict::kFuture, Verdict::kLag,     Verdict::kOwed,  Verdict::kNotLoaded, Verdict::kExpired};

std::string verdict_text(uint64_t faults, uint64_t unverified, bool is_incomplete) {
  if (faults > 0) return with_commas(faults) + (faults == 1 ? " fault" : " faults");
  if (is_incomplete) return "incomplete";
  if (unverified > 0) return with_commas(unverified) + " unverified";
  return "verified";
}

/// Keys and names as JSON: a store may show bytes that are no UTF-8.
std::string json_text(const std::string& text) {
  std::string out;
  document::append_json_string(is_utf8(text) ? text : "0x" + hex(text), out);
  return out;
}

std::string json_tally(const document::DocumentName& document, const document::TargetName& target,
                       const Tally& tally) {
  std::string out =
      fmt::format(R"({{"document":{},"target":{},"rows":{},"records":{})",
                  json_text(document.value), json_text(target.value), tally.rows, tally.records);
  for (const Verdict verdict : kVerdicts) {
    std::string name(to_string(verdict));
    std::replace(name.begin(), name.end(), ' ', '_');
    out += fmt::format(R"(,"{}":{})", name, tally.count(verdict));
  }
  std::vector<std::string> foreign;
  for (const auto& name : tally.foreign_names) foreign.push_back(json_text(name));
  out +=
      fmt::format(R"(,"foreign":{},"foreign_names":[{}],"incomplete":{},"verdict":"{}"}})",
                  tally.foreign, join(foreign, ","), json_text(tally.incomplete), tally.verdict());
  return out;
}

std::string json_finding(const Finding& finding) {
  return fmt::format(R"({{"document":{},"target":{},"key":{},"verdict":"{}",)"
                     R"("view":{},"stored":{},"repaired":{}}})",
                     json_text(finding.document.value), json_text(finding.target.value),
                     json_text(finding.key.value), to_string(finding.verdict), finding.view.value,
                     finding.stored.value, finding.is_repaired);
}

using Line = std::vector<std::string>;

/// Columns as wide as their widest cell; words to the left, numbers to the right.
std::string aligned(const std::vector<Line>& lines) {
  std::vector<size_t> widths(lines.front().size());
  for (const Line& line : lines) {
    for (size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  }
  std::string out;
  for (const Line& line : lines) {
    std::string text;
    for (size_t i = 0; i < line.size(); ++i) {
      const bool is_word = i < 2 || i + 1 == line.size();
      text += is_word ? fmt::format("{:<{}}  ", line[i], widths[i])
                      : fmt::format("{:>{}}  ", line[i], widths[i]);
    }
    out += text.substr(0, text.find_last_not_of(' ') + 1) + "\n";
  }
  return out;
}

std::string findings_text(const Report& report, size_t findings_max) {
  std::vector<const Finding*> order;
  for (const Finding& finding : report.findings) order.push_back(&finding);
  std::stable_partition(order.begin(), order.end(),
                        [](const Finding* finding) { return is_fault(finding->verdict); });
  std::string out;
  for (size_t i = 0; i < std::min(findings_max, order.size()); ++i) {
    const Finding& finding = *order[i];
    out += fmt::format("{:<10} {} {} in {}{}\n", to_string(finding.verdict), finding.document.value,
                       finding.key.value, finding.target.value,
                       finding.is_repaired ? " (repaired)" : "");
  }
  if (order.size() > findings_max) {
    out += fmt::format("... and {} more; --json lists them\n",
                       with_commas(order.size() - findings_max));
  }
  return out.empty() ? out : "\n" + out;
}

}  // namespace

uint64_t Tally::count(Verdict verdict) const {
  const auto found = counts.find(verdict);
  return found == counts.end() ? 0 : found->second;
}

uint64_t Tally::faults() const {
  uint64_t sum = 0;
  for (const auto& [verdict, number] : counts) sum += is_fault(verdict) ? number : 0;
  return sum;
}

uint64_t Tally::unverified() const {
  uint64_t sum = 0;
  for (const auto& [verdict, number] : counts) sum += is_unverified(verdict) ? number : 0;
  return sum;
}

std::string Tally::verdict() const {
  return verdict_text(faults(), unverified(), !incomplete.empty());
}

uint64_t Report::faults() const {
  uint64_t sum = 0;
  for (const auto& [id, tally] : tallies) sum += tally.faults();
  return sum;
}

uint64_t Report::unverified() const {
  uint64_t sum = 0;
  for (const auto& [id, tally] : tallies) sum += tally.unverified() + !tally.incomplete.empty();
  return sum;
}

std::string Report::verdict() const {
  const bool is_incomplete = std::any_of(tallies.begin(), tallies.end(), [](const auto& entry) {
    return !entry.second.incomplete.empty();
  });
  return verdict_text(faults(), unverified(), is_incomplete);
}

std::string to_json(const Report& report) {
  Line tallies, findings;
  for (const auto& [id, tally] : report.tallies) {
    tallies.push_back(json_tally(id.first, id.second, tally));
  }
  for (const Finding& finding : report.findings) findings.push_back(json_finding(finding));
  return fmt::format(R"({{"verdict":"{}","faults":{},"unverified":{},"repaired":{},)"
                     R"("took_ms":{},"documents":[{}],"findings":[{}]}})",
                     report.verdict(), report.faults(), report.unverified(), report.repaired,
                     report.took.count(), join(tallies, ","), join(findings, ","));
}

std::string to_table(const Report& report, size_t findings_max) {
  std::vector<Line> lines{{"DOCUMENT", "TARGET", "ROWS", "RECORDS", "GOOD", "MISSING", "EXTRA",
                           "STALE", "CORRUPT", "FUTURE", "UNVERIFIED", "VERDICT"}};
  std::string notes;
  for (const auto& [id, tally] : report.tallies) {
    Line line{id.first.value, id.second.value, with_commas(tally.rows), with_commas(tally.records)};
    for (const Verdict verdict : {Verdict::kGood, Verdict::kMissing, Verdict::kExtra,
                                  Verdict::kStale, Verdict::kCorrupt, Verdict::kFuture}) {
      line.push_back(with_commas(tally.count(verdict)));
    }
    line.push_back(with_commas(tally.unverified()));
    line.push_back(tally.verdict());
    lines.push_back(std::move(line));
    const std::string where = id.first.value + " in " + id.second.value;
    if (!tally.incomplete.empty()) notes += where + " is incomplete: " + tally.incomplete + "\n";
    if (tally.foreign > 0) {
      notes +=
          fmt::format("{}: {} foreign {}, left alone: {}{}\n", where, with_commas(tally.foreign),
                      tally.foreign == 1 ? "record" : "records", join(tally.foreign_names, ", "),
                      tally.foreign > tally.foreign_names.size() ? ", ..." : "");
    }
  }
  return aligned(lines) + (notes.empty() ? "" : "\n" + notes) + findings_text(report, findings_max);
}

}  // namespace syncline::verify
