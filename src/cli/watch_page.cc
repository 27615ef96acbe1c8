#include "cli/watch_page.h"

#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "cli/status_text.h"
#include "cli/terminal.h"

namespace syncline::cli {
namespace {

constexpr size_t kNarrow = 80;        // below, verdicts have no time
constexpr size_t kWithNotes = 100;    // from here on "as of" is explained
constexpr size_t kHistoryWidth = 60;  // at most
constexpr int kBarWidth = 24;
constexpr size_t kWrapMax = 3;  // lines of one reason
// Below these a history is flat: the noise of an idle engine is no mountain.
constexpr double kLagScaleMin = 1;
constexpr double kRateScaleMin = 10;

std::string time_of_day(uint64_t us) { return as_of(us).substr(11); }

bool is_bad(const engine::DocumentStatus& document) {
  return !document.verdict.empty() && document.verdict != "verified";
}

bool needs_attention(const engine::DocumentStatus& document) {
  return is_bad(document) || document.owed > 0 || document.phase != "loaded";
}

std::string headline(const WatchView& view, size_t columns) {
  const Sighting& seen = view.sighting;
  std::string text = paint(seen.pipeline, Colour::kBold) + "  ";
  if (!seen.trouble.empty()) {
    text += paint(fmt::format("no news for {}; trying again", duration_text(view.trouble_seconds)),
                  Colour::kRed);
  } else if (!seen.status) {
    text += paint("no engine has run yet", Colour::kRed) + ": start one with `syncline run`";
  } else if (seen.is_running) {
    text += fmt::format("{} on {}, pid {}", paint(seen.status->phase, Colour::kGreen),
                        seen.status->host, seen.status->pid);
  } else {
    text += paint("no engine is running", Colour::kRed) + ": start one with `syncline run`";
  }
  const std::string now = time_of_day(view.now_us);
  if (columns < columns_of(text) + 2 + now.size()) return text;
  return text + std::string(columns - columns_of(text) - now.size(), ' ') +
         paint(now, Colour::kDim);
}

// The words in lines of so many columns, the later ones indented; at most three lines.
void add_wrapped(const std::string& text, Colour colour, const std::string& label, size_t columns,
                 std::vector<std::string>& lines) {
  const std::string indent(columns_of(label), ' ');
  const size_t room = columns > indent.size() ? columns - indent.size() : 1;
  std::vector<std::string> wrapped{""};
  for (const std::string& word : split(text, ' ')) {
    std::string& last = wrapped.back();
    if (last.empty()) {
      last = word;
    } else if (wrapped.size() == kWrapMax || columns_of(last) + 1 + columns_of(word) <= room) {
      last += " " + word;
    } else {
      wrapped.push_back(word);
    }
  }
  for (size_t i = 0; i < wrapped.size(); ++i)
    lines.push_back((i == 0 ? label : indent) + paint(fit(wrapped[i], room), colour));
}

// A character for each sample, as high as its value is to the scale.
std::string spark(const std::vector<Sample>& samples, double Sample::*value, double scale,
                  bool is_utf8) {
  static constexpr const char* kBlocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  static constexpr const char* kAscii[] = {"_", ".", ":", "-", "=", "+", "*", "#"};
  std::string out;
  for (const Sample& sample : samples) {
    const int level = std::clamp(static_cast<int>(sample.*value / scale * 7 + 0.5), 0, 7);
    out += !sample.is_known ? " " : is_utf8 ? kBlocks[level] : kAscii[level];
  }
  return out;
}

// The newest samples that have room, and their highest value.
struct History {
  std::vector<Sample> samples;
  Sample highest;
  double seconds = 0;
};

History history_of(const WatchView& view, size_t columns) {
  const size_t room = columns > 50 ? std::min(columns - 50, kHistoryWidth) : 0;
  const size_t count = std::min(room, view.history.size());
  History history;
  history.samples.assign(view.history.end() - static_cast<ptrdiff_t>(count), view.history.end());
  history.seconds = static_cast<double>(count) * view.sample_seconds;
  for (const Sample& sample : history.samples) {
    history.highest.rate = std::max(history.highest.rate, sample.rate);
    history.highest.lag_seconds = std::max(history.highest.lag_seconds, sample.lag_seconds);
  }
  // The newest is at the same place from the first moment on.
  history.samples.insert(history.samples.begin(), room - count, {});
  return history;
}

void add_figures(const WatchView& view, size_t columns, std::vector<std::string>& lines) {
  const Sighting& seen = view.sighting;
  const bool is_known = seen.is_current();
  const History past = history_of(view, columns);
  const auto spark_of = [&](double Sample::*value, double scale_min) {
    return paint(spark(past.samples, value, std::max(past.highest.*value, scale_min), view.is_utf8),
                 Colour::kGreen);
  };
  const bool has_past = past.seconds > 0;
  lines.push_back(fmt::format(
      "lag   {:>11}  {}{}", is_known ? fmt::format("{:.1f} s", seen.status->lag_seconds) : "-",
      spark_of(&Sample::lag_seconds, kLagScaleMin),
      has_past ? paint(fmt::format("  at most {:.1f} s in {}", past.highest.lag_seconds,
                                   duration_text(past.seconds)),
                       Colour::kDim)
               : ""));
  lines.push_back(fmt::format(
      "rate  {:>11}  {}{}", is_known ? rate_text(seen.status->documents_per_second) : "-",
      spark_of(&Sample::rate, kRateScaleMin),
      has_past ? paint(fmt::format("  at most {}", rate_text(past.highest.rate)), Colour::kDim)
               : ""));
  const uint64_t owed = owed_of(*seen.status);
  const std::string owed_text = fmt::format("{:>11}", with_commas(owed));
  lines.push_back("owed  " + (owed == 0 ? owed_text : paint(owed_text, Colour::kRed)));
  std::string as_of_line = "as of " + as_of(seen.status->watermark);
  if (columns >= kWithNotes)
    as_of_line += paint(fmt::format(": {}", as_of_note(*seen.status)), Colour::kDim);
  lines.push_back(std::move(as_of_line));
}

void add_circumstances(const Sighting& seen, size_t columns, std::vector<std::string>& lines) {
  const engine::Status& status = *seen.status;
  for (const auto& target : status.targets)
    add_wrapped(target_text(target) + loss_text(target, status),
                target.is_up ? Colour::kGreen : Colour::kRed, fmt::format("{:<8}  ", target.target),
                columns, lines);
  if (!status.held_up_by.empty())
    add_wrapped(status.held_up_by, Colour::kRed, "held up   ", columns, lines);
  if (status.wide_rows > 0)
    lines.push_back(fmt::format("wide      {} rows that reach many documents are in progress",
                                with_commas(status.wide_rows)));
  if (status.load.document.empty()) return;
  const auto& load = status.load;
  const auto known = seen.rows.find(load.document);
  const uint64_t about = known == seen.rows.end() ? 0 : known->second;
  if (load.is_cleaning || about == 0) {
    lines.push_back(fmt::format("{:<8}  {}, {}", load.is_cleaning ? "cleaning" : "loading",
                                load.document, with_commas(load.documents)));
    return;
  }
  const double part = std::min(1.0, static_cast<double>(load.documents) / about);
  lines.push_back(fmt::format("loading   {} {:3.0f} %  {}  {} of about {}",
                              bar_text(part, kBarWidth), part * 100, load.document,
                              with_commas(load.documents), with_commas(about)));
}

std::string verdict_cell(const engine::DocumentStatus& document, bool is_narrow) {
  if (document.verdict.empty()) return paint("not yet", Colour::kDim);
  const std::string verdict =
      paint(document.verdict, is_bad(document) ? Colour::kRed : Colour::kGreen);
  const size_t time = document.verified_at.find(' ');
  if (is_narrow || time == std::string::npos) return verdict;
  return verdict + paint(document.verified_at.substr(time), Colour::kDim);
}

// Which rows of the table are shown, in the order of the pipeline file.
std::vector<engine::DocumentStatus> chosen(std::vector<engine::DocumentStatus> documents,
                                           size_t room) {
  if (documents.size() <= room) return documents;
  // What needs attention comes first when not everything can be shown.
  std::stable_partition(documents.begin(), documents.end(), needs_attention);
  documents.resize(room);
  return documents;
}

void add_table(const engine::Status& status, Extent extent, std::vector<std::string>& lines) {
  const bool is_narrow = extent.columns < kNarrow;
  const size_t total = status.documents_by_target.size();
  const size_t used = lines.size() + 2;  // a blank line and the headings
  const size_t rows = extent.rows > used ? extent.rows - used : 0;
  if (total == 0 || rows == 0) return;
  const size_t shown = total <= rows ? total : rows - 1;
  const size_t name_columns =
      std::max<size_t>(12, extent.columns - std::min<size_t>(extent.columns, is_narrow ? 47 : 60));
  std::vector<std::vector<std::string>> cells;
  for (const auto& document : chosen(status.documents_by_target, shown))
    cells.push_back({fit(document.document, name_columns), document.target, document.phase,
                     with_commas(document.records), with_commas(document.owed),
                     verdict_cell(document, is_narrow)});
  lines.emplace_back();
  const std::string table =
      render_table({"DOCUMENT", "TARGET", "STATE", "RECORDS", "OWED", "LAST VERDICT"}, cells,
                   {false, false, false, true, true, false});
  for (std::string& line : split(table, '\n'))
    if (!line.empty()) lines.push_back(std::move(line));
  if (shown < total)
    lines.push_back(paint(fmt::format("and {} more", total - shown), Colour::kDim));
}

}  // namespace

std::vector<std::string> watch_page(const WatchView& view, Extent extent) {
  const Sighting& seen = view.sighting;
  std::vector<std::string> lines{headline(view, extent.columns)};
  if (!seen.trouble.empty()) add_wrapped(seen.trouble, Colour::kRed, "", extent.columns, lines);
  if (seen.status) {
    const bool is_past = !seen.is_current();
    if (is_past)
      lines.push_back(paint(fmt::format("what follows is the engine's last word, at {}",
                                        as_of(seen.status->published_us)),
                            Colour::kDim));
    lines.emplace_back();
    add_figures(view, extent.columns, lines);
    lines.emplace_back();
    add_circumstances(seen, extent.columns, lines);
    add_table(*seen.status, extent, lines);
  }
  if (lines.size() > extent.rows) lines.resize(extent.rows);
  for (std::string& line : lines) line = fit(line, extent.columns);
  return lines;
}

}  // namespace syncline::cli
