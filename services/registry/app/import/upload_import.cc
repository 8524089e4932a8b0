#include "services/registry/app/import/upload_import.h"

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/base/macros.h"
#include "common/resource/description.h"
#include "common/status/error.h"
#include "services/registry/app/import/list_source.h"
#include "services/registry/app/import/lists.h"
#include "services/registry/app/import/report_files.h"
#include "services/registry/app/import/row.h"
#include "services/registry/domain/list_remarks.h"

namespace inspectorate::registry {
namespace {

using type::v1::ImportRow;
using v1::ImportRosterRequest;
using v1::ImportRosterResponse;

// Rows that are written side by side (db::RunTogether).
constexpr size_t kRowsTogether = 64;
// Rejected rows that the answer holds, and that the report lists.
constexpr int kRowsInAnswer = 100;
constexpr int64_t kRowsInReport = 100'000;

// How far an operation has come.
struct RunState {
  Date default_from;
  int64_t done = 0;  // rows in the order of work
  int64_t created = 0;
  int64_t updated = 0;
  int64_t unchanged = 0;
  int64_t rejected = 0;
  int64_t remarked = 0;
};

struct Item {
  ListSource* source = nullptr;
  csv::Record record;
  int64_t ordinal = 0;
  ImportRow report{};
  bool rejected = false;
  int attempts = 0;
  absl::Status status{};
};

class UploadImport {
 public:
  UploadImport(work::Writer& writer, const db::Budget& budget, const work::Actor& actor,
               const Uuid& operation, const ImportRosterRequest& request, const ImportProgress& progress)
      : writer_(writer),
        budget_(budget),
        actor_(actor),
        operation_(operation),
        request_(request),
        progress_(progress) {
    context_.office = resource::SlugOf(request.parent());
    context_.take_over = request.take_over();
  }

  absl::StatusOr<ImportRosterResponse> Run() {
    RETURN_IF_ERROR(Open());
    RETURN_IF_ERROR(Resume());
    for (const ImportList& list : ImportLists()) {
      RETURN_IF_ERROR(Pass(list, /*later=*/false));
      if (list.later != nullptr) RETURN_IF_ERROR(Pass(list, /*later=*/true));
    }
    return Finish();
  }

 private:
  absl::Status Open() {
    std::vector<Position> positions;
    for (const v1::ImportFile& file : request_.files()) {
      ASSIGN_OR_RETURN(auto source, ListSource::Open(writer_.database(), budget_, file));
      total_ += source->rows();
      positions.insert(positions.end(), source->positions().begin(), source->positions().end());
      for (const auto& [code, periods] : source->towns()) {
        auto& all = context_.listed_towns[code];
        all.insert(all.end(), periods.begin(), periods.end());
      }
      sources_.push_back(std::move(source));
    }
    context_.centre = CentreOf(std::move(positions));
    return absl::OkStatus();
  }

  db::Params Key() const { return {context_.office, operation_}; }

  absl::StatusOr<RunState> ReadState(db::Session& session) {
    ASSIGN_OR_RETURN(
        const db::Rows rows,
        session.Query(
            "SELECT `default_from`, `done`, `created`, `updated`, `unchanged`, `rejected`, `remarked` FROM "
            "`import_run` WHERE `office` = ? AND `operation` = ? FOR UPDATE",
            Key()));
    if (rows.empty()) return NotFound("import_run");
    return RunState{.default_from = rows.at(0, "default_from").AsDate(),
                    .done = rows.at(0, "done").AsInt(),
                    .created = rows.at(0, "created").AsInt(),
                    .updated = rows.at(0, "updated").AsInt(),
                    .unchanged = rows.at(0, "unchanged").AsInt(),
                    .rejected = rows.at(0, "rejected").AsInt(),
                    .remarked = rows.at(0, "remarked").AsInt()};
  }

  // What an earlier run of the same operation has done; the first makes the note. The day from which rows
  // without a date hold is that of the first run.
  absl::Status Resume() {
    RETURN_IF_ERROR(writer_.RunInternal(budget_, actor_, [&](work::Unit& unit) -> absl::Status {
      Date from;
      if (request_.has_valid_from()) {
        from = resource::FromProto(request_.valid_from());
      } else {
        ASSIGN_OR_RETURN(from, unit.Today(context_.office));
      }
      RETURN_IF_ERROR(
          unit.db()
              .Execute("INSERT IGNORE INTO `import_run` (`office`, `operation`, `default_from`, `done`, "
                       "`created`, `updated`, `unchanged`, `rejected`, `remarked`, `create_time`) VALUES (?, "
                       "?, ?, 0, "
                       "0, 0, 0, 0, 0, ?)",
                       {context_.office, operation_, from, unit.recorded()})
              .status());
      ASSIGN_OR_RETURN(state_, ReadState(unit.db()));
      written_.clear();
      ASSIGN_OR_RETURN(
          const db::Rows rows,
          unit.db().Query("SELECT `ordinal` FROM `import_row` WHERE `office` = ? AND `operation` = ?",
                          Key()));
      for (size_t i = 0; i < rows.size(); ++i) written_.insert(rows.at(i, 0).AsInt());
      return absl::OkStatus();
    }));
    context_.default_from = state_.default_from;
    return absl::OkStatus();
  }

  absl::Status Pass(const ImportList& list, bool later) {
    for (const auto& source : sources_) {
      if (&source->list() != &list) continue;
      RETURN_IF_ERROR(source->Read([&](csv::Record record) -> absl::Status {
        ImportRow scratch;
        const Row row(source->shape(), record, &scratch);
        if ((list.later != nullptr && list.later(row)) != later) return absl::OkStatus();
        if (++ordinal_ <= state_.done) return absl::OkStatus();
        items_.push_back({.source = source.get(), .record = std::move(record), .ordinal = ordinal_});
        return items_.size() < kRowsTogether ? absl::OkStatus() : WriteItems();
      }));
    }
    return items_.empty() ? absl::OkStatus() : WriteItems();
  }

  absl::Status WriteItems() {
    std::vector<std::function<void()>> calls;
    for (Item& item : items_) {
      if (written_.contains(item.ordinal)) continue;
      const auto write = [this, &item] { item.status = WriteRow(item); };
      if (item.source->list().together) {
        calls.emplace_back(write);
      } else {
        write();
        RETURN_IF_ERROR(item.status);
      }
    }
    if (!calls.empty()) db::RunTogether(calls);
    for (const Item& item : items_) RETURN_IF_ERROR(item.status);
    RETURN_IF_ERROR(Note());
    items_.clear();
    return progress_(state_.done, total_) ? absl::OkStatus() : Error(ErrorReason::CALL_CANCELLED);
  }

  // The row and the note that it is written are one transaction.
  absl::Status WriteRow(Item& item) {
    const absl::Status status = writer_.RunInternal(budget_, actor_, [&](work::Unit& unit) -> absl::Status {
      item.rejected = false;
      // After a COMMIT whose answer was lost the note tells.
      if (item.attempts++ > 0) {
        ASSIGN_OR_RETURN(const bool noted, IsNoted(unit.db(), item.ordinal));
        if (noted) return absl::OkStatus();
      }
      item.report.Clear();
      item.report.set_file(item.source->name());
      item.report.set_line(item.record.line);
      Row row(item.source->shape(), item.record, &item.report);
      RETURN_IF_ERROR(item.source->list().import(unit, context_, row));
      item.rejected = !row.ok();
      if (item.rejected) return absl::CancelledError("rejected");
      return unit.db()
          .Execute(
              "INSERT INTO `import_row` (`office`, `operation`, `ordinal`, `outcome`) VALUES (?, ?, ?, ?)",
              {context_.office, operation_, item.ordinal, static_cast<int64_t>(item.report.outcome())})
          .status();
    });
    return item.rejected ? absl::OkStatus() : status;
  }

  absl::StatusOr<bool> IsNoted(db::Session& session, int64_t ordinal) {
    ASSIGN_OR_RETURN(const db::Rows rows,
                     session.Query("SELECT `outcome` FROM `import_row` WHERE `office` = ? AND "
                                   "`operation` = ? AND `ordinal` = ?",
                                   {context_.office, operation_, ordinal}));
    return !rows.empty();
  }

  // Moves the mark past the items: the notes of those that were written become numbers, the defects of the
  // others are kept.
  absl::Status Note() {
    const int64_t done = items_.back().ordinal;
    RETURN_IF_ERROR(writer_.database().Transact(
        budget_, {},
        [&](db::Transaction& tx) -> absl::Status {
          ASSIGN_OR_RETURN(RunState state, ReadState(tx));
          if (state.done < done) {
            RETURN_IF_ERROR(CountNotes(tx, &state));
            RETURN_IF_ERROR(KeepDefects(tx, &state));
            state.done = done;
            RETURN_IF_ERROR(
                tx.Execute("UPDATE `import_run` SET `done` = ?, `created` = ?, `updated` = ?, `unchanged` "
                           "= ?, `rejected` = ?, `remarked` = ? WHERE `office` = ? AND `operation` = ?",
                           {state.done, state.created, state.updated, state.unchanged, state.rejected,
                            state.remarked, context_.office, operation_})
                    .status());
          }
          state_ = state;
          return absl::OkStatus();
        },
        /*resolve=*/true));
    written_.clear();
    return absl::OkStatus();
  }

  absl::Status CountNotes(db::Session& session, RunState* state) {
    ASSIGN_OR_RETURN(
        const db::Rows rows,
        session.Query("SELECT `outcome` FROM `import_row` WHERE `office` = ? AND `operation` = ?", Key()));
    for (size_t i = 0; i < rows.size(); ++i) {
      const int64_t outcome = rows.at(i, 0).AsInt();
      state->created += outcome == ImportRow::CREATED ? 1 : 0;
      state->updated += outcome == ImportRow::UPDATED ? 1 : 0;
      state->unchanged += outcome == ImportRow::UNCHANGED ? 1 : 0;
    }
    return session.Execute("DELETE FROM `import_row` WHERE `office` = ? AND `operation` = ?", Key()).status();
  }

  absl::Status KeepDefects(db::Session& session, RunState* state) {
    for (Item& item : items_) {
      if (!item.rejected && item.report.remarks_size() == 0) continue;
      if (item.rejected) {
        item.report.set_outcome(ImportRow::REJECTED);
        item.report.clear_resource();
      }
      ++(item.rejected ? state->rejected : state->remarked);
      if (state->rejected + state->remarked > kRowsInReport) continue;
      RETURN_IF_ERROR(
          session
              .Execute("INSERT INTO `import_defect` (`office`, `operation`, `ordinal`, `nth`, `body`) VALUES "
                       "(?, ?, ?, 0, ?)",
                       {context_.office, operation_, item.ordinal, item.report.SerializeAsString()})
              .status());
    }
    return absl::OkStatus();
  }

  absl::StatusOr<ImportRosterResponse> Finish() {
    ImportRosterResponse response;
    response.set_created(static_cast<int32_t>(state_.created));
    response.set_updated(static_cast<int32_t>(state_.updated));
    response.set_unchanged(static_cast<int32_t>(state_.unchanged));
    response.set_rejected_rows(static_cast<int32_t>(state_.rejected));
    response.set_remarked_rows(static_cast<int32_t>(state_.remarked));
    response.set_total_rows(total_);
    std::vector<ImportRow> rejected;
    RETURN_IF_ERROR(writer_.database().Read(budget_, [&](db::Session& session) -> absl::Status {
      ASSIGN_OR_RETURN(db::Rows head,
                       session.Query("SELECT position FROM feed_head WHERE office = ?", {context_.office}));
      if (!head.empty()) response.set_position(head.at(0, 0).AsUint());
      return ReadDefects(session, &rejected);
    }));
    for (int i = 0; i < kRowsInAnswer && i < static_cast<int>(rejected.size()); ++i) {
      *response.add_rows() = rejected[static_cast<size_t>(i)];
    }
    RETURN_IF_ERROR(
        PutReportFiles(writer_, budget_, context_.office, operation_, std::move(rejected), &response));
    return response;
  }

  absl::Status ReadDefects(db::Session& session, std::vector<ImportRow>* rejected) {
    for (int64_t after = 0;;) {
      ASSIGN_OR_RETURN(
          const db::Rows rows,
          session.Query("SELECT `ordinal`, `body` FROM `import_defect` WHERE `office` = ? AND `operation` "
                        "= ? AND `ordinal` > ? ORDER BY `ordinal` LIMIT 1000",
                        {context_.office, operation_, after}));
      if (rows.empty()) return absl::OkStatus();
      for (size_t i = 0; i < rows.size(); ++i) {
        after = rows.at(i, "ordinal").AsInt();
        ImportRow row;
        if (!row.ParseFromString(rows.at(i, "body").AsString())) return absl::InternalError("import_defect");
        rejected->push_back(std::move(row));
      }
    }
  }

  work::Writer& writer_;
  const db::Budget& budget_;
  const work::Actor& actor_;
  const Uuid operation_;
  const ImportRosterRequest& request_;
  const ImportProgress& progress_;
  ImportContext context_;
  std::vector<std::unique_ptr<ListSource>> sources_;
  int64_t total_ = 0;
  RunState state_;
  std::set<int64_t> written_;  // beyond the mark, by an earlier run
  int64_t ordinal_ = 0;        // of the row that was read last
  std::vector<Item> items_;
};

}  // namespace

absl::StatusOr<ImportRosterResponse> ImportUploads(work::Writer& writer, const db::Budget& budget,
                                                   const work::Actor& actor, const Uuid& operation,
                                                   const ImportRosterRequest& request,
                                                   const ImportProgress& progress) {
  return UploadImport(writer, budget, actor, operation, request, progress).Run();
}

}  // namespace inspectorate::registry
