#include "cli/watch.h"

#include <cstdio>
#include <mutex>
#include <thread>

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

  /// What is there now. Fails only as long as the pipeline file was never good; a MySQL that is
  /// away, and a pipeline that is not installed, are told as trouble. Blocks on MySQL.
  Result<Sighting> look();

 private:
  Result<void> open();
  Result<void> read();
  std::string cause_of(const Error& error);

  const std::string file_;
  Clock& clock_;
  std::unique_ptr<Wiring> wiring_;
  std::unique_ptr<ports::State> state_;
  Sighting seen_;
};

Result<Sighting> Watcher::look() {
  seen_.trouble.clear();
  const auto opened = wiring_ ? Result<void>() : open();
  if (!opened.ok() && !opened.error().is_transient()) return opened.error();
  const auto done = opened.ok() ? read() : opened;
  if (!done.ok()) seen_.trouble = cause_of(done.error());
  seen_.is_running = seen_.status && is_running(*seen_.status, clock_);
  return seen_;
}

Result<void> Watcher::open() {
  auto wiring = TRY(Wiring::open(file_, clock_));
  seen_.pipeline = wiring->pipeline().name.value;
  // Only for how much there is to load: what is wrong with a definition, the engine says.
  if (const auto planned = wiring->plan(); planned.ok())
    for (const auto& plan : wiring->plans())
      seen_.rows[plan.name.value] = wiring->approximate_rows(plan.name);
  state_ = wiring->database().state();
  wiring_ = std::move(wiring);
  return {};
}

Result<void> Watcher::read() {
  std::string text = TRY(state_->get("status"));
  if (text.empty()) return {};
  seen_.status = TRY(engine::status_from_json(text));
  seen_.json = std::move(text);
  return {};
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
      : watcher_(watcher), clock_(clock), interval_(interval), seen_(std::move(first)) {
    thread_ = std::jthread([this](std::stop_token stop) { run(std::move(stop)); });
  }

  /// The newest one and its number, counted from 0.
  std::pair<Sighting, uint64_t> newest() const {
    const std::lock_guard lock(mutex_);
    return {seen_, number_};
  }

 private:
  void run(std::stop_token stop) {
    while (clock_.sleep(interval_, stop)) {
      auto seen = watcher_.look();
      const std::lock_guard lock(mutex_);
      if (seen.ok()) seen_ = std::move(*seen);
      if (!seen.ok()) seen_.trouble = seen.error().text();
      ++number_;
    }
  }

  Watcher& watcher_;
  Clock& clock_;
  const std::chrono::seconds interval_;
  mutable std::mutex mutex_;  // guards what follows
  Sighting seen_;
  uint64_t number_ = 0;
  std::jthread thread_;
};

void remember(const Sighting& seen, std::vector<Sample>& history) {
  Sample sample;
  if (seen.is_running && seen.trouble.empty())
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
  std::optional<uint64_t> number;
  Screen screen;
  while (!stop.stop_requested()) {
    auto [seen, newest] = lookout.newest();
    if (newest != number) {
      number = newest;
      if (seen.trouble.empty() || view.sighting.trouble.empty()) trouble_since = clock.boot_now();
      remember(seen, view.history);
      view.sighting = std::move(seen);
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
    return fmt::format(R"({{"is_running":{},"status":{}}})",
                       seen.is_running && seen.trouble.empty(),
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
    auto looked = watcher.look();
    if (looked.ok()) seen = std::move(*looked);
    if (!looked.ok()) seen.trouble = looked.error().text();
  }
}

}  // namespace

int watch_status(const Common& common, std::chrono::seconds interval, std::stop_token stop) {
  SystemClock clock;
  Watcher watcher(common, clock);
  auto first = watcher.look();
  if (!first.ok()) return fail(first.error(), common);
  if (common.is_json || !has_screen())
    return watch_in_lines(watcher, std::move(*first), clock, interval, common, stop);
  return watch_on_screen(watcher, std::move(*first), clock, interval, stop);
}

}  // namespace syncline::cli
