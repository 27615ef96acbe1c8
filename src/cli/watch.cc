#include "cli/watch.h"

#include <cstdio>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "base/log.h"
#include "cli/status_text.h"
#include "cli/terminal.h"
#include "cli/watch_page.h"
#include "cli/wiring.h"

namespace syncline::cli {
namespace {

constexpr std::chrono::milliseconds kPatience{100};  // of a key, a stop, a new size
constexpr size_t kSamplesMax = 600;

/// Looks at what the engine published. One thread at a time.
class Watcher {
 public:
  Watcher(const Common& common, Clock& clock) : file_(common.file), clock_(clock) {
    seen_.pipeline = file_;
  }

  /// The first look. Fails when the pipeline file is no good; a MySQL that is away, and a pipeline
  /// that is not installed, are told as trouble. Blocks on MySQL.
  Result<Sighting> first_look();
  /// What is there now; whatever keeps it from looking is told as trouble. Blocks on MySQL.
  Sighting look() { return look_after(open()); }

 private:
  Result<void> open();  // nothing when it is open
  Sighting look_after(const Result<void>& opened);
  Result<void> read();
  void count_rows();
  std::string cause_of(const Error& error);

  const std::string file_;
  Clock& clock_;
  std::unique_ptr<Wiring> wiring_;
  std::unique_ptr<ports::State> state_;
  Sighting seen_;
};

Result<Sighting> Watcher::first_look() {
  const auto opened = open();
  if (!opened.ok() && !opened.error().is_transient()) return opened.error();
  return look_after(opened);
}

Sighting Watcher::look_after(const Result<void>& opened) {
  seen_.trouble.clear();
  const auto done = opened.ok() ? read() : opened;
  if (!done.ok()) seen_.trouble = cause_of(done.error());
  seen_.is_running = seen_.status && is_running(*seen_.status, clock_);
  return seen_;
}

Result<void> Watcher::open() {
  if (wiring_) return {};
  auto wiring = TRY(Wiring::open(file_, clock_));
  seen_.pipeline = wiring->pipeline().name.value;
  state_ = wiring->database().state();
  wiring_ = std::move(wiring);
  return {};
}

Result<void> Watcher::read() {
  std::string text = TRY(state_->get("status"));
  if (text.empty()) return {};
  seen_.status = TRY(engine::status_from_json(text));
  seen_.json = std::move(text);
  if (!seen_.status->load.document.empty() && seen_.rows.empty()) count_rows();
  return {};
}

// Only for how much there is to load: what is wrong with a definition, the engine says.
void Watcher::count_rows() {
  if (!wiring_->plan().ok()) return;
  for (const auto& plan : wiring_->plans())
    seen_.rows[plan.name.value] = wiring_->approximate_rows(plan.name);
}

std::string Watcher::cause_of(const Error& error) {
  if (!wiring_) return error.text();
  if (const auto installed = wiring_->capture_status(); installed.ok() && !installed->clock) {
    seen_.status.reset();
    return "the pipeline is not installed: start it with `syncline run`";
  }
  return error.text();
}

/// The newest sighting, made by a thread of its own: a MySQL that does not answer must not keep the
/// view from its keys.
class Lookout {
 public:
  Lookout(Watcher& watcher, Clock& clock, std::chrono::seconds interval, Sighting first)
      : watcher_(watcher), clock_(clock), interval_(interval), news_(std::move(first)) {
    thread_ = std::jthread([this](std::stop_token stop) { run(std::move(stop)); });
  }

  /// The newest one, if there was one since the last call.
  std::optional<Sighting> news() {
    const std::lock_guard lock(mutex_);
    return std::exchange(news_, std::nullopt);
  }

 private:
  void run(std::stop_token stop) {
    while (clock_.sleep(interval_, stop)) {
      Sighting seen = watcher_.look();
      const std::lock_guard lock(mutex_);
      news_ = std::move(seen);
    }
  }

  Watcher& watcher_;
  Clock& clock_;
  const std::chrono::seconds interval_;
  std::mutex mutex_;  // guards news_
  std::optional<Sighting> news_;
  std::jthread thread_;
};

void remember(const Sighting& seen, std::vector<Sample>& history) {
  Sample sample;
  if (seen.is_current())
    sample = {true, seen.status->documents_per_second, seen.status->lag_seconds};
  history.push_back(sample);
  if (history.size() > kSamplesMax) history.erase(history.begin());
}

int watch_on_screen(Watcher& watcher, Sighting first, Clock& clock, std::chrono::seconds interval,
                    std::stop_token stop) {
  set_log_level(LogLevel::kError);  // nothing may be written across the view
  Lookout lookout(watcher, clock, interval, std::move(first));
  WatchView view{.sample_seconds = seconds(interval), .is_utf8 = has_utf8()};
  BootTime trouble_since = clock.boot_now();
  Screen screen;
  while (!stop.stop_requested()) {
    if (auto news = lookout.news()) {
      if (news->trouble.empty() || view.sighting.trouble.empty()) trouble_since = clock.boot_now();
      remember(*news, view.history);
      view.sighting = std::move(*news);
    }
    view.now_us = now_us(clock);
    view.sighting.is_running = view.sighting.status && is_running(*view.sighting.status, clock);
    view.trouble_seconds = seconds(clock.boot_now() - trouble_since);
    screen.draw(watch_page(view, screen.extent()));
    const char key = screen.wait_key(kPatience);
    if (key == 'q' || key == 'Q') break;
  }
  return kDone;
}

std::string plain_line(const Sighting& seen, bool is_json) {
  if (is_json)
    return fmt::format(R"({{"is_running":{},"status":{}}})", seen.is_current(),
                       seen.json.empty() ? "null" : seen.json);
  if (!seen.trouble.empty()) return seen.trouble;
  return seen.is_running ? status_line(*seen.status) : "no engine is running";
}

int watch_in_lines(Watcher& watcher, Sighting seen, Clock& clock, std::chrono::seconds interval,
                   const Common& common, std::stop_token stop) {
  for (;;) {
    fmt::print("{}\n", plain_line(seen, common.is_json));
    // Nobody reads any more.
    if (std::fflush(stdout) != 0 || !clock.sleep(interval, stop)) return kDone;
    seen = watcher.look();
  }
}

}  // namespace

int watch_status(const Common& common, std::chrono::seconds interval, std::stop_token stop) {
  SystemClock clock;
  Watcher watcher(common, clock);
  auto first = watcher.first_look();
  if (!first.ok()) return fail(first.error(), common);
  if (common.is_json || !has_screen())
    return watch_in_lines(watcher, std::move(*first), clock, interval, common, stop);
  return watch_on_screen(watcher, std::move(*first), clock, interval, stop);
}

}  // namespace syncline::cli
