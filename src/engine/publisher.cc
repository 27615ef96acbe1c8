#include "engine/publisher.h"

#include <unistd.h>

#include <array>

#include "base/json.h"
#include "base/log.h"

namespace syncline::engine {
namespace {

using ports::LoadPhase;

constexpr std::chrono::seconds kPause{1};
constexpr std::chrono::seconds kLookUpPause{3};
/// Owed keys that are told apart by document type and target; of more, these are shown.
constexpr size_t kOwedMax = 10000;

std::string host_name() {
  std::array<char, 256> name{};
  gethostname(name.data(), name.size() - 1);
  return name.data();
}

std::string text_of(LoadPhase phase) {
  switch (phase) {
    case LoadPhase::kNone:
      return "waiting";
    case LoadPhase::kLoading:
      return "loading";
    case LoadPhase::kCleaning:
      return "cleaning";
    case LoadPhase::kLoaded:
      return "loaded";
  }
  return "";
}

}  // namespace

Publisher::Publisher(const Parts& parts) : parts_(parts), state_(parts.database.state()) {
  last_at_ = parts_.clock.boot_now();
}

Result<void> Publisher::run(std::stop_token stop) {
  do {
    publish("running");
  } while (parts_.clock.sleep(kPause, stop));
  return {};
}

void Publisher::publish(const std::string& phase) {
  if (parts_.clock.boot_now() >= next_look_up_) {
    if (const auto known = look_up(); !known.ok()) log_debug("status: {}", known.error().text());
    next_look_up_ = parts_.clock.boot_now() + kLookUpPause;
  }
  const std::string json = to_json(status_of(phase));
  if (const auto put = state_->put("status", json); !put.ok()) {
    log_debug("status: {}", put.error().text());
  }
  if (parts_.on_status) parts_.on_status(json);
}

Status Publisher::status_of(const std::string& phase) {
  using std::chrono::duration_cast;
  using std::chrono::microseconds;
  const auto stream = parts_.streamer.status();
  const BootTime now = parts_.clock.boot_now();
  Status status;
  status.phase = phase;
  status.host = host_name();
  status.pid = getpid();
  status.published_us = static_cast<uint64_t>(
      duration_cast<microseconds>(parts_.clock.wall_now().time_since_epoch()).count());
  status.lag_seconds = seconds(stream.lag);
  status.documents = parts_.counters.read;
  if (now > last_at_) {
    status.documents_per_second =
        static_cast<double>(status.documents - last_documents_) / seconds(now - last_at_);
  }
  last_at_ = now;
  last_documents_ = status.documents;
  status.watermark = stream.watermark.value;
  status.wide_rows = stream.wide_rows;
  status.held_up_by = stream.held_up_by;
  for (const auto& target : parts_.targets.names()) {
    const auto health = parts_.targets.health(target);
    status.targets.push_back({target.value, health.is_up, health.reason,
                              health.is_up ? 0 : seconds(now - health.since), losses_[target]});
  }
  if (const auto load = parts_.loader.progress())
    status.load = {load->document.value, load->documents, load->is_cleaning};
  for (const auto& plan : parts_.plans) {
    for (const auto& target : parts_.targets.names()) {
      const Place place{plan.name, target};
      const Verdict& verdict = verdicts_[place];
      status.documents_by_target.push_back(
          {.document = plan.name.value,
           .target = target.value,
           .phase = text_of(parts_.loads.get(plan.name, target).phase),
           .records = parts_.tender.records(plan.name, target),
           .owed = owed_[place],
           .verdict = verdict.text,
           .verified_at = verdict.at});
    }
  }
  return status;
}

/// What only MySQL knows; other commands verify and repair too.
Result<void> Publisher::look_up() {
  owed_.clear();
  for (const auto& row : TRY(state_->owed(kOwedMax))) ++owed_[{row.owed.document, row.owed.target}];
  for (const auto& plan : parts_.plans) {
    for (const auto& target : parts_.targets.names()) {
      const auto json =
          parse_json(TRY(state_->get("verdict:" + plan.name.value + ":" + target.value)));
      if (!json.ok() || !json->find("verdict") || !json->find("at")) continue;
      verdicts_[{plan.name, target}] = {json->find("verdict")->text, json->find("at")->text};
    }
  }
  for (const auto& target : parts_.targets.names()) {
    const auto json = parse_json(TRY(state_->get("lost:" + target.value)));
    if (json.ok() && json->find("at")) losses_[target] = json->find("at")->text;
  }
  return {};
}

}  // namespace syncline::engine
