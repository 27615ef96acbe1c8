#include "snapshot/chunk_planner.h"

#include <algorithm>

namespace syncline::snapshot {

Result<void> ChunkPlanner::add(const TargetName& target, std::span<const ports::Chunk> chunks) {
  Place place{.targets = {target}};
  bool is_open = true;
  for (const auto& chunk : chunks) {
    if (!is_open || chunk.number != place.number || chunk.range.after != place.after) {
      return corrupt("chunk " + std::to_string(chunk.number) + " of the load into " + target.value +
                         " does not begin where the one before it ends",
                     "begin the load again: syncline snapshot --again");
    }
    ++place.number;
    place.after = chunk.range.last;
    is_open = chunk.range.last.has_value();
    if (chunk.is_done) continue;
    const auto same = std::find_if(claimed_.begin(), claimed_.end(), [&](const Task& task) {
      return task.chunk.number == chunk.number && task.chunk.range.after == chunk.range.after &&
             task.chunk.range.last == chunk.range.last;
    });
    if (same != claimed_.end()) {
      same->targets.push_back(target);
    } else {
      claimed_.push_back({chunk, {target}});
    }
  }
  if (!is_open) return {};
  const auto same = std::find_if(places_.begin(), places_.end(), [&](const Place& other) {
    return other.number == place.number && other.after == place.after;
  });
  if (same != places_.end()) {
    same->targets.push_back(target);
  } else {
    places_.push_back(std::move(place));
  }
  return {};
}

std::optional<Task> ChunkPlanner::next_claimed() {
  if (claimed_.empty()) return std::nullopt;
  Task task = std::move(claimed_.front());
  claimed_.erase(claimed_.begin());
  return task;
}

std::optional<Place> ChunkPlanner::place() const {
  return places_.empty() ? std::nullopt : std::optional(places_.front());
}

Task ChunkPlanner::chunk_to(const std::optional<DocumentKey>& last) const {
  CHECK(!places_.empty());
  const Place& place = places_.front();
  return {{.number = place.number, .range = {.after = place.after, .last = last}}, place.targets};
}

void ChunkPlanner::take(const Task& task) {
  CHECK(!places_.empty() && places_.front().number == task.chunk.number);
  if (!task.chunk.range.last) {
    places_.erase(places_.begin());
    return;
  }
  ++places_.front().number;
  places_.front().after = task.chunk.range.last;
}

void ChunkPlanner::give_up(const TargetName& target) {
  for (auto& task : claimed_) std::erase(task.targets, target);
  for (auto& place : places_) std::erase(place.targets, target);
  std::erase_if(claimed_, [](const Task& task) { return task.targets.empty(); });
  std::erase_if(places_, [](const Place& place) { return place.targets.empty(); });
}

}  // namespace syncline::snapshot
