#include "mysql/catalogue.h"

#include <cstdlib>

#include "base/log.h"
#include "mysql/name_list.h"

namespace syncline::mysql {

std::string schema_of(const document::PipelineName& name) { return "syncline_" + name.value; }

Result<std::vector<CatalogueEntry>> read_catalogue(Connection& connection,
                                                   const document::PipelineName& name) {
  std::vector<CatalogueEntry> entries;
  const std::string sql = fmt::format(
      "SELECT number, kind, name, key_columns, link_columns, is_current FROM {}.catalogue ORDER BY "
      "number",
      quote_name(schema_of(name)));
  TRY(connection.query(sql, [&](Row row) -> Result<void> {
    CatalogueEntry entry;
    entry.number = static_cast<uint32_t>(std::strtoul(std::string(*row[0]).c_str(), nullptr, 10));
    entry.is_document = row[1] == "document";
    entry.name = *row[2];
    entry.key_columns = TRY(parse_name_list(*row[3]));
    entry.link_columns = TRY(parse_name_list(*row[4]));
    entry.is_current = row[5] == "1";
    entries.push_back(std::move(entry));
    return {};
  }));
  return entries;
}

}  // namespace syncline::mysql
