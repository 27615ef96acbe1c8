#include "cli/status_text.h"

#include <algorithm>
#include <ctime>

#include "base/log.h"
#include "base/text.h"
#include "cli/terminal.h"
#include "engine/engine.h"

namespace syncline::cli {
namespace {

// An engine publishes each second; after this it is gone, or frozen.
constexpr uint64_t kFreshUs = 5'000'000;

std::string verdict_text(const engine::DocumentStatus& document) {
  if (document.verdict.empty()) return paint("not verified yet", Colour::kDim);
  const bool is_good = document.verdict == "verified";
  return paint(document.verdict, is_good ? Colour::kGreen : Colour::kRed) +
         paint(" at " + document.verified_at, Colour::kDim);
}

// How far the load that is under way is, or nothing.
std::string load_text(const engine::LoadStatus& load) {
  if (load.document.empty()) return "";
  return fmt::format("{} {}, {} documents so far", load.is_cleaning ? "cleaning" : "loading",
                     load.document, with_commas(load.documents));
}

}  // namespace

uint64_t now_us(const Clock& clock) {
  return std::chrono::duration_cast<std::chrono::microseconds>(clock.wall_now().time_since_epoch())
      .count();
}

bool is_running(const engine::Status& status, const Clock& clock) {
  const bool is_last_word = status.phase == engine::to_string(engine::Phase::kStopping);
  return !is_last_word && now_us(clock) < status.published_us + kFreshUs;
}

std::string rate_text(double rate) { return with_commas(static_cast<uint64_t>(rate + 0.5)) + "/s"; }

std::string as_of(uint64_t revision) {
  if (revision == 0) return "nothing yet";
  const auto when = static_cast<std::time_t>(revision / 1000000);
  std::tm parts{};
  gmtime_r(&when, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &parts);
  return text;
}

std::string_view as_of_note(const engine::Status& status) {
  const auto& documents = status.documents_by_target;
  const bool is_loaded = std::all_of(documents.begin(), documents.end(),
                                     [](const auto& d) { return d.phase == "loaded"; });
  return is_loaded ? "what was committed before is in the stores, or owed"
                   : "changes before that are followed; not everything is loaded yet";
}

uint64_t owed_of(const engine::Status& status) {
  uint64_t owed = 0;
  for (const auto& document : status.documents_by_target) owed += document.owed;
  return owed;
}

std::string target_text(const engine::TargetStatus& target) {
  if (target.is_up) return "up";
  return fmt::format("away for {}: {}", duration_text(target.away_seconds), target.reason);
}

std::string loss_text(const engine::TargetStatus& target, const engine::Status& status) {
  if (target.lost_at.empty()) return "";
  const auto& documents = status.documents_by_target;
  const bool is_loaded = std::all_of(documents.begin(), documents.end(), [&](const auto& document) {
    return document.target != target.target || document.phase == "loaded";
  });
  const std::string what = ", lost what it had acknowledged (noticed at " + target.lost_at + ")";
  return what + (is_loaded ? " and was loaded again" : " and is loaded again");
}

std::string status_line(const engine::Status& status) {
  const auto& documents = status.documents_by_target;
  const auto loaded = std::count_if(documents.begin(), documents.end(),
                                    [](const auto& d) { return d.phase == "loaded"; });
  const auto verified = std::count_if(documents.begin(), documents.end(),
                                      [](const auto& d) { return d.verdict == "verified"; });
  std::string line =
      fmt::format("{:<9} lag {:.1f} s  {:>9}  loaded {}/{}  verified {}/{}  owed {}", status.phase,
                  status.lag_seconds, rate_text(status.documents_per_second), loaded,
                  documents.size(), verified, documents.size(), with_commas(owed_of(status)));
  for (const auto& target : status.targets)
    if (!target.is_up) line += "  " + paint(target.target + " is away", Colour::kRed);
  return line;
}

std::string status_page(const engine::Status& status, bool is_fresh) {
  std::string page;
  if (is_fresh) {
    page += fmt::format("engine   {} on {}, pid {}\n", paint(status.phase, Colour::kGreen),
                        status.host, status.pid);
  } else {
    page += fmt::format("engine   {}\n",
                        paint("not running; what follows is its last word", Colour::kRed));
  }
  page += fmt::format("lag      {:.1f} s, {} documents refreshed, {} now\n", status.lag_seconds,
                      with_commas(status.documents), rate_text(status.documents_per_second));
  page += fmt::format("as of    {}: {}\n", as_of(status.watermark), as_of_note(status));
  if (status.wide_rows > 0)
    page += fmt::format("wide     {} rows that reach many documents are in progress\n",
                        status.wide_rows);
  if (!status.load.document.empty()) page += fmt::format("load     {}\n", load_text(status.load));
  if (!status.held_up_by.empty())
    page += fmt::format("held up  {}\n", paint(status.held_up_by, Colour::kRed));
  for (const auto& target : status.targets)
    page += fmt::format("{:<8} {}{}\n", target.target,
                        paint(target_text(target), target.is_up ? Colour::kGreen : Colour::kRed),
                        loss_text(target, status));
  std::vector<std::vector<std::string>> rows;
  for (const auto& document : status.documents_by_target)
    rows.push_back({document.document, document.target, document.phase,
                    with_commas(document.records), with_commas(document.owed),
                    verdict_text(document)});
  return page + "\n" +
         render_table({"DOCUMENT", "TARGET", "STATE", "RECORDS", "OWED", "LAST VERDICT"}, rows,
                      {false, false, false, true, true, false});
}

}  // namespace syncline::cli
