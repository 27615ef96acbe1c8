#pragma once

#include <string>
#include <vector>

#include "document/schema.h"

namespace syncline::mysql {

/// Foreign keys in a row, from a table whose row is deleted or updated to one whose rows the server
/// then deletes or updates by itself.
struct CascadePath {
  std::vector<const document::ForeignKey*> hops;  ///< hops[0]->parent is the table it starts at
  bool has_set_null = false;  ///< the last rows cannot be found by the new values
  bool is_endless = false;    ///< it comes back to a table whose rows it deletes, and goes on
};

/// Every path along which an UPDATE (of referenced columns) or a DELETE of one row of `table`
/// changes other rows. The schema is borrowed by the paths.
std::vector<CascadePath> delete_paths(const document::Schema& schema,
                                      const document::TableName& table);
std::vector<CascadePath> update_paths(const document::Schema& schema,
                                      const document::TableName& table);

/// The last foreign key of an endless one of `paths` (all that begin at one table) that `path` is
/// concerned with: then no trigger can tell which rows go. Null: there is none.
const document::ForeignKey* endless_key(const std::vector<CascadePath>& paths,
                                        const CascadePath& path);

}  // namespace syncline::mysql
