#include "engine/tenure.h"

#include "base/log.h"
#include "base/text.h"
#include "engine/crew.h"

namespace syncline::engine {
namespace {

constexpr std::chrono::seconds kPause{1};

std::vector<ports::TargetConnector*> borrowed(
    const std::vector<std::unique_ptr<ports::TargetConnector>>& connectors) {
  std::vector<ports::TargetConnector*> out;
  for (const auto& connector : connectors) out.push_back(connector.get());
  return out;
}

/// One line when all is well, one for each kind of fault otherwise.
void log_verification(const verify::Report& report) {
  using verify::Verdict;
  if (report.faults() == 0) {
    uint64_t good = 0;
    for (const auto& [place, tally] : report.tallies) good += tally.count(Verdict::kGood);
    log_info("verification: {}, {} good, {:.1f} s", report.verdict(), with_commas(good),
             seconds(report.took));
    return;
  }
  for (const auto& [place, tally] : report.tallies) {
    for (const auto& [verdict, count] : tally.counts) {
      if (!verify::is_fault(verdict)) continue;
      log_warn("verification: {} {} of {} in {}; `syncline verify --repair` names and mends them",
               with_commas(count), verify::to_string(verdict), place.first.value,
               place.second.value);
    }
  }
}

}  // namespace

Result<std::unique_ptr<Tenure>> Tenure::prepare(const Engine::Parts& parts, Installed installed) {
  std::unique_ptr<Tenure> tenure(new Tenure(parts, std::move(installed)));
  TRY(tenure->connect_targets());
  TRY(tenure->read_loads());
  return tenure;
}

Tenure::Tenure(const Engine::Parts& parts, Installed installed)
    : parts_(parts),
      installed_(std::move(installed)),
      connectors_(parts.connect(installed_.identity)),
      targets_(borrowed(connectors_), installed_.plans, parts.clock, parts.database, parts.adopt),
      streamer_(refresh_parts()),
      loader_(refresh_parts()),
      tender_(targets_, installed_.plans, parts.clock),
      verifier_({.database = parts.database,
                 .targets = targets_,
                 .plans = installed_.plans,
                 .options = parts.options,
                 .clock = parts.clock}),
      publisher_({.database = parts.database,
                  .plans = installed_.plans,
                  .targets = targets_,
                  .loads = loads_,
                  .counters = counters_,
                  .streamer = streamer_,
                  .loader = loader_,
                  .tender = tender_,
                  .clock = parts.clock,
                  .on_status = parts.on_status}) {}

refresh::Parts Tenure::refresh_parts() {
  return {.database = parts_.database,
          .targets = targets_,
          .loads = loads_,
          .plans = installed_.plans,
          .options = parts_.options,
          .clock = parts_.clock,
          .counters = counters_};
}

Result<void> Tenure::connect_targets() {
  for (const auto& name : targets_.names()) {
    const auto connection = targets_.connect(name);
    if (connection.ok()) continue;
    if (!connection.error().is_transient()) return connection.error();
    log_warn("{}; it is owed what it cannot take", connection.error().text());
  }
  parts_.database.expect(installed_.generation, targets_.known_revision());
  return {};
}

Result<void> Tenure::read_loads() {
  // Types that were never loaded are in no record, yet they must count as unfinished.
  for (const auto& plan : installed_.plans) {
    for (const auto& target : targets_.names()) {
      loads_.put({.document = plan.name, .target = target});
    }
  }
  return loads_.read(*parts_.database.state());
}

Result<void> Tenure::run(std::stop_token stop) {
  Crew crew(std::move(stop));
  crew.start([this](std::stop_token token) { return streamer_.run(std::move(token)); });
  crew.start([this](std::stop_token token) { return tender_.run(std::move(token)); });
  crew.start([this](std::stop_token token) { return publisher_.run(std::move(token)); });
  if (parts_.load) {
    crew.start([this](std::stop_token token) { return loader_.run(std::move(token)); });
  }
  if (parts_.verify_continuously) {
    crew.start([this](std::stop_token token) { return verify(std::move(token)); });
  }
  return crew.join();
}

void Tenure::say_last_word() { publisher_.publish(std::string(to_string(Phase::kStopping))); }

Result<void> Tenure::verify(std::stop_token stop) {
  while (!stop.stop_requested()) {
    if (Loader::is_any_due(installed_.plans, targets_, loads_)) {
      parts_.clock.sleep(kPause, stop);
      continue;
    }
    const auto report = verifier_.run(
        {.documents_per_second = parts_.options.verify_documents_per_second}, stop, {});
    if (report.ok()) {
      log_verification(*report);
    } else if (report.error().is_transient()) {
      log_warn("verification: {}", report.error().text());
    } else {
      return report.error();
    }
    parts_.clock.sleep(parts_.options.verify_interval, stop);
  }
  return {};
}

}  // namespace syncline::engine
