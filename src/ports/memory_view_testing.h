#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ports/memory_contents_testing.h"

namespace syncline::ports {

/// A view of the memory database: what was committed when it opened.
class MemoryView final : public View {
 public:
  /// Call with the server's mutex held.
  MemoryView(std::shared_ptr<MemoryServer> server, Revision revision)
      : server_(std::move(server)),
        contents_(server_->contents),
        owed_(server_->owed),
        revision_(revision) {}
  ~MemoryView() override { (void)server_->faults.pass("view.close").ok(); }

  Revision revision() const override { return revision_; }

  Result<std::vector<Image>> read(const DocumentPlan& plan,
                                  std::span<const DocumentKey> keys) override {
    TRY(server_->faults.pass("view.read"));
    std::vector<Image> images;
    for (const auto& key : keys) images.push_back(image(plan.name, key));
    return images;
  }

  Result<std::vector<DocumentKey>> absent(const DocumentPlan& plan,
                                          std::span<const DocumentKey> keys) override {
    TRY(server_->faults.pass("view.absent"));
    std::vector<DocumentKey> out;
    for (const auto& key : keys) {
      if (!rows(plan.name).contains(key)) out.push_back(key);
    }
    return out;
  }

  Result<std::optional<DocumentKey>> cut(const DocumentPlan& plan,
                                         const std::optional<DocumentKey>& after,
                                         size_t documents) override {
    TRY(server_->faults.pass("view.cut"));
    auto row = above(plan.name, after);
    for (; documents > 1 && row != rows(plan.name).end(); --documents) ++row;
    if (row == rows(plan.name).end()) return std::optional<DocumentKey>();
    return std::optional(row->first);
  }

  Result<Piece> read_range(const DocumentPlan& plan, const KeyRange& range,
                           const ReadLimits& limits) override {
    TRY(server_->faults.pass("view.read_range"));
    Piece piece;
    auto row = above(plan.name, range.after);
    const auto is_inside = [&] {
      return row != rows(plan.name).end() && (!range.last || row->first <= *range.last);
    };
    size_t bytes = 0;
    for (; is_inside() && piece.images.size() < limits.documents_max; ++row) {
      bytes += row->second.value.size();
      if (!piece.images.empty() && bytes > limits.bytes_max) break;
      piece.images.push_back(image(plan.name, row->first));
      piece.last = row->first;
    }
    piece.is_exhausted = !is_inside();
    return piece;
  }

  Result<std::vector<LogRow>> read_log(LogId after, size_t rows_max) override {
    TRY(server_->faults.pass("view.read_log"));
    std::vector<LogRow> out;
    for (auto row = contents_->log.upper_bound(after);
         row != contents_->log.end() && out.size() < rows_max; ++row) {
      out.push_back(row->second);
    }
    return out;
  }

  Result<Resolution> resolve(std::span<const LogRow> log_rows, size_t wide_min) override {
    TRY(server_->faults.pass("view.resolve"));
    Resolution resolution;
    for (const auto& log_row : log_rows) {
      if (log_row.catalogue == kMemoryUnknown) resolution.has_unknown_catalogue = true;
      if (log_row.catalogue >= 1 && log_row.catalogue <= server_->documents.size()) {
        resolution.keys[server_->documents[log_row.catalogue - 1]].emplace_back(log_row.key);
      }
      if (log_row.catalogue == kMemoryGroups) resolve_group(log_row, wide_min, resolution);
    }
    for (auto& [name, keys] : resolution.keys) {
      std::sort(keys.begin(), keys.end());
      keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    }
    return resolution;
  }

  Result<std::vector<DocumentKey>> owed(const DocumentName& document, const TargetName& target,
                                        std::span<const DocumentKey> keys) override {
    TRY(server_->faults.pass("view.owed"));
    std::vector<DocumentKey> out;
    for (const auto& key : keys) {
      if (owed_.contains({target, document, key})) out.push_back(key);
    }
    return out;
  }

  Result<WideStep> widen(const LogRow& log_row, size_t rows_max) override {
    TRY(server_->faults.pass("view.widen"));
    WideStep step;
    for (const auto& name : server_->documents) {
      for (const auto& key : members(name, log_row.key)) {
        const std::string place = name.value + "|" + key.value;
        if (place <= log_row.cursor) continue;
        if (step.rows.size() == rows_max) return step;
        step.rows.push_back({.catalogue = server_->number_of(name), .key = key.value});
        step.cursor = place;
      }
    }
    step.cursor.clear();
    return step;
  }

 private:
  using Rows = std::map<DocumentKey, MemoryRow>;

  const Rows& rows(const DocumentName& name) const {
    static const Rows kNone;
    const auto found = contents_->rows.find(name);
    return found == contents_->rows.end() ? kNone : found->second;
  }

  Rows::const_iterator above(const DocumentName& name,
                             const std::optional<DocumentKey>& after) const {
    return after ? rows(name).upper_bound(*after) : rows(name).begin();
  }

  Image image(const DocumentName& name, const DocumentKey& key) const {
    const auto row = rows(name).find(key);
    if (row == rows(name).end()) return {key, std::nullopt};
    return {key, memory_record(*contents_, key, row->second)};
  }

  std::vector<DocumentKey> members(const DocumentName& name, const std::string& group) const {
    std::vector<DocumentKey> out;
    for (const auto& [key, row] : rows(name)) {
      if (row.group == group) out.push_back(key);
    }
    return out;
  }

  void resolve_group(const LogRow& log_row, size_t wide_min, Resolution& resolution) const {
    bool is_wide = false;
    for (const auto& name : server_->documents) {
      const auto keys = members(name, log_row.key);
      if (keys.size() > wide_min) {
        is_wide = true;
        resolution.wide_documents.insert(name);
      } else if (!keys.empty()) {
        auto& all = resolution.keys[name];
        all.insert(all.end(), keys.begin(), keys.end());
      }
    }
    if (is_wide) resolution.wide.push_back(log_row);
  }

  const std::shared_ptr<MemoryServer> server_;
  const std::shared_ptr<const MemoryContents> contents_;
  const std::map<MemoryServer::OwedId, MemoryOwed> owed_;
  const Revision revision_;
};

class MemoryReader final : public Reader {
 public:
  explicit MemoryReader(std::shared_ptr<MemoryServer> server) : server_(std::move(server)) {}

  Result<std::unique_ptr<View>> open() override {
    TRY(server_->faults.pass("view.open"));
    std::unique_ptr<View> view;
    {
      const std::lock_guard lock(server_->mutex);
      if (server_->generation != server_->expected) return conflict("a newer generation runs");
      const auto now = std::chrono::duration_cast<std::chrono::microseconds>(
          server_->clock.wall_now().time_since_epoch());
      const auto clock = static_cast<uint64_t>(now.count());
      server_->newest.value = std::max(server_->newest.value + 1, clock);
      view = std::make_unique<MemoryView>(server_, server_->newest);
    }
    TRY(server_->faults.pass("view.open done"));
    return view;
  }

 private:
  const std::shared_ptr<MemoryServer> server_;
};

}  // namespace syncline::ports
