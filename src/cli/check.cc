#include <algorithm>

#include "base/log.h"
#include "cli/command.h"
#include "cli/terminal.h"
#include "cli/wiring.h"
#include "document/json.h"

namespace syncline::cli {
namespace {

using ports::Finding;
using ports::Level;

constexpr size_t kNotesShown = 20;

struct Report {
  std::vector<Finding> findings;
  std::vector<std::string> sql;  ///< for a DBA; empty when nothing is missing, or not asked for
};

Finding finding_of(Level level, const std::string& subject, const Error& error) {
  return {level, subject, error.message(), error.hint()};
}

bool has_errors(const Report& report, std::string_view subject) {
  return std::ranges::any_of(report.findings, [&](const Finding& finding) {
    return finding.subject == subject && finding.level == Level::kError;
  });
}

// Two looks may find the same.
void add(Finding finding, Report& report) {
  const bool is_known =
      std::ranges::find(report.findings, finding.what, &Finding::what) != report.findings.end();
  if (!is_known) report.findings.push_back(std::move(finding));
}

void add_all(const Result<std::vector<Finding>>& found, const std::string& subject,
             Report& report) {
  if (!found.ok()) return add(finding_of(Level::kError, subject, found.error()), report);
  for (const Finding& finding : *found) add(finding, report);
}

Report look(Wiring& wiring, bool is_sql) {
  Report report;
  const auto refused = wiring.plan_each();
  if (!refused.ok()) {
    add(finding_of(Level::kError, "mysql", refused.error()), report);
    return report;
  }
  for (const Error& error : *refused) add(finding_of(Level::kError, "documents", error), report);
  add_all(wiring.source_findings(), "mysql", report);
  for (Finding& finding : wiring.column_findings()) add(std::move(finding), report);
  add_all(wiring.target_findings(), "targets", report);
  std::ranges::stable_sort(report.findings, {}, &Finding::level);
  // SQL for some of the documents would take the triggers of the others away.
  if (has_errors(report, "documents") || (!is_sql && !has_errors(report, "rights"))) return report;
  auto sql = wiring.install_script();
  if (sql.ok()) {
    report.sql = std::move(*sql);
  } else {
    add(finding_of(Level::kError, "capture", sql.error()), report);
  }
  return report;
}

std::string_view word_of(Level level) {
  switch (level) {
    case Level::kError:
      return "error";
    case Level::kWarning:
      return "warning";
    case Level::kNote:
      return "note";
  }
  return "";
}

std::string painted(Level level) {
  const std::string word = fmt::format("{:<8}", word_of(level));
  if (level == Level::kNote) return paint(word, Colour::kDim);
  return paint(word, level == Level::kError ? Colour::kRed : Colour::kBold);
}

std::string counted(ptrdiff_t count, const std::string& word) {
  return fmt::format("{} {}{}", count, word, count == 1 ? "" : "s");
}

// error    rights   what, under it its cure
std::string text_of(const Report& report) {
  size_t width = 0;
  for (const Finding& finding : report.findings) width = std::max(width, finding.subject.size());
  std::string out;
  size_t notes = 0;
  for (const Finding& finding : report.findings) {
    if (finding.level == Level::kNote && ++notes > kNotesShown) continue;
    out += fmt::format("{} {:<{}}  {}\n", painted(finding.level), finding.subject, width,
                       finding.what);
    if (!finding.cure.empty())
      out +=
          fmt::format("{:8} {:<{}}  {}\n", "", "", width, paint("> " + finding.cure, Colour::kDim));
  }
  if (notes > kNotesShown)
    out += fmt::format("{:8} and {} more (--json shows all)\n", "", notes - kNotesShown);
  const auto count = [&](Level level) {
    return std::ranges::count(report.findings, level, &Finding::level);
  };
  return out + fmt::format("{}: {}, {}, {}\n",
                           ports::has_errors(report.findings)
                               ? paint("`syncline run` would stop", Colour::kRed)
                               : paint("nothing stops `syncline run`", Colour::kGreen),
                           counted(count(Level::kError), "error"),
                           counted(count(Level::kWarning), "warning"),
                           counted(count(Level::kNote), "note"));
}

std::string json_of(const Report& report) {
  std::string out = fmt::format("{{\"ok\":{},\"findings\":[", !ports::has_errors(report.findings));
  const auto member = [&](std::string_view name, std::string_view text, char before) {
    out += before;
    document::append_json_member(name, text, out);
  };
  for (size_t i = 0; i < report.findings.size(); ++i) {
    const Finding& finding = report.findings[i];
    if (i > 0) out += ',';
    member("level", word_of(finding.level), '{');
    member("subject", finding.subject, ',');
    member("what", finding.what, ',');
    member("cure", finding.cure, ',');
    out += '}';
  }
  out += "]";
  member("sql", report.sql.empty() ? "" : mysql::client_script(report.sql), ',');
  return out + "}";
}

int check(const Common& common, bool is_sql) {
  SystemClock clock;
  auto wiring = Wiring::open(common.file, clock);
  if (!wiring.ok()) return fail(wiring.error(), common);
  const Report report = look(**wiring, is_sql);
  if (common.is_json) {
    fmt::print("{}\n", json_of(report));
  } else {
    // The script alone on stdout can be given to a client.
    fmt::print(is_sql ? stderr : stdout, "{}", text_of(report));
    if (!report.sql.empty()) {
      if (!is_sql) fmt::print("\nA DBA can give what is missing:\n\n");
      fmt::print("{}", mysql::client_script(report.sql));
    }
  }
  return ports::has_errors(report.findings) ? kUsage : kDone;
}

}  // namespace

void add_check(CLI::App& program, Action& chosen) {
  auto* command = program.add_subcommand(
      "check", "would `run` work here? every finding with its cure; exit code 2 if it would not");
  auto is_sql = std::make_shared<bool>(false);
  command->add_flag("--sql", *is_sql,
                    "print the statements for a DBA on stdout, the findings on stderr");
  command->footer(
      R"(Looks at the pipeline file, MySQL's tables, cascades and rights, and at the stores.

Examples:
  syncline check
  syncline check --sql > install.sql      for a DBA: installs capture, grants what run needs
  syncline check --json)");
  command->callback([&chosen, is_sql] {
    chosen = [is_sql](const Common& common, std::stop_token) { return check(common, *is_sql); };
  });
}

}  // namespace syncline::cli
