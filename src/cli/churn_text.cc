#include "cli/churn_text.h"

#include <algorithm>
#include <vector>

#include "base/log.h"
#include "base/text.h"
#include "cli/terminal.h"
#include "document/json.h"

namespace syncline::cli {
namespace {

using generate::ChurnReport;
using generate::TableChurn;

std::string reasons_text(const TableChurn& table) {
  std::vector<std::string> parts;
  for (const auto& [reason, count] : table.refused)
    parts.push_back(fmt::format("{} {}", with_commas(count), reason));
  return join(parts, ", ");
}

void append_table(const std::string& name, const TableChurn& table, std::string& out) {
  out += '{';
  document::append_json_member("table", name, out);
  out += fmt::format(",\"rows\":{},\"inserted\":{},\"updated\":{},\"deleted\":{},\"refused\":{{",
                     table.rows, table.inserted, table.updated, table.deleted);
  const size_t first = out.size();
  for (const auto& [reason, count] : table.refused) {
    if (out.size() > first) out += ',';
    document::append_json_string(reason, out);
    out += fmt::format(":{}", count);
  }
  out += "}}";
}

}  // namespace

std::string churn_text(const ChurnReport& report) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& [name, table] : report.tables)
    rows.push_back({name, with_commas(table.rows), with_commas(table.inserted),
                    with_commas(table.updated), with_commas(table.deleted), reasons_text(table)});
  std::string text = render_table({"TABLE", "ROWS", "INSERTED", "UPDATED", "DELETED", "REFUSED"},
                                  rows, {false, true, true, true, true, false});
  for (const auto& [name, reason] : report.left_out)
    text += fmt::format("left alone: {}: {}\n", name, reason);
  text += fmt::format(
      "churn: {} transactions, {} rolled back, {} statements, {} refused in {:.1f} s ({:.0f}/s)\n",
      with_commas(report.transactions), with_commas(report.rollbacks),
      with_commas(report.statements), with_commas(report.refused), report.seconds,
      report.transactions / std::max(report.seconds, 1e-3));
  return text;
}

std::string churn_json(const ChurnReport& report) {
  std::string out = fmt::format(
      "{{\"transactions\":{},\"rollbacks\":{},\"statements\":{},\"refused\":{},\"lost\":{},"
      "\"seconds\":{:.3f},\"tables\":[",
      report.transactions, report.rollbacks, report.statements, report.refused, report.lost,
      report.seconds);
  const size_t first_table = out.size();
  for (const auto& [name, table] : report.tables) {
    if (out.size() > first_table) out += ',';
    append_table(name, table, out);
  }
  out += "],\"left_out\":[";
  const size_t first_omission = out.size();
  for (const auto& [name, reason] : report.left_out) {
    if (out.size() > first_omission) out += ',';
    out += '{';
    document::append_json_member("table", name, out);
    out += ',';
    document::append_json_member("reason", reason, out);
    out += '}';
  }
  return out + "]}";
}

}  // namespace syncline::cli
