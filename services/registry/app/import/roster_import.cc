#include "services/registry/app/import/roster_import.h"

#include <algorithm>
#include <string>
#include <vector>

#include "common/base/macros.h"
#include "common/csv/csv.h"
#include "common/resource/description.h"
#include "common/status/error.h"
#include "services/registry/app/import/list_source.h"
#include "services/registry/app/import/lists.h"
#include "services/registry/app/import/row.h"
#include "services/registry/domain/list_remarks.h"

namespace inspectorate::registry {
namespace {

using type::v1::ImportRow;
using v1::ImportFile;
using v1::ImportRosterRequest;
using v1::ImportRosterResponse;

struct File {
  const ImportList* list = nullptr;
  std::string name;
  csv::Table table;
  int first_row = 0;  // index of its first row in the report
};

// A row in the order of work.
struct Task {
  const File* file;
  size_t record;
  int report;
};

absl::StatusOr<File> Read(const ImportFile& file) {
  ASSIGN_OR_RETURN(const ImportList* list, ListFor(file));
  auto table = TableOf(file.content());
  if (!table.ok()) return Unreadable(file, std::string(table.status().message()));
  RETURN_IF_ERROR(CheckColumns(file, *list, *table));
  return File{.list = list, .name = file.file_name(), .table = *std::move(table)};
}

class Import {
 public:
  Import(work::Writer& writer, const db::Budget& budget, const work::Actor& actor,
         const ImportRosterRequest& request, const ImportProgress& progress)
      : writer_(writer), budget_(budget), actor_(actor), request_(request), progress_(progress) {
    context_.office = resource::SlugOf(request.parent());
    context_.take_over = request.take_over();
  }

  absl::StatusOr<ImportRosterResponse> Run() {
    RETURN_IF_ERROR(ReadFiles());
    RETURN_IF_ERROR(request_.mode() == v1::ROW_BY_ROW && !request_.dry_run() ? RunRowByRow() : RunAtOnce());
    Count();
    RETURN_IF_ERROR(writer_.database().Read(budget_, [&](db::Session& session) -> absl::Status {
      ASSIGN_OR_RETURN(db::Rows head,
                       session.Query("SELECT position FROM feed_head WHERE office = ?", {context_.office}));
      if (!head.empty()) response_.set_position(head.at(0, 0).AsUint());
      return absl::OkStatus();
    }));
    return std::move(response_);
  }

 private:
  absl::Status ReadFiles() {
    for (const ImportFile& file : request_.files()) {
      ASSIGN_OR_RETURN(File read, Read(file));
      read.first_row = rows_;
      rows_ += static_cast<int>(read.table.records.size());
      context_.with_inspectors |= file.kind() == v1::IMPORT_INSPECTORS;
      for (const csv::Record& record : read.table.records) {
        if (file.kind() == v1::IMPORT_DIVISIONS) NoteTown(read.table, record, &context_.listed_towns);
      }
      files_.push_back(std::move(read));
    }
    context_.centre = CentreOf(Positions());
    for (const ImportList& list : ImportLists()) {
      for (bool later : {false, true}) {
        for (const File& file : files_) {
          if (file.list == &list) AddTasks(file, later);
        }
      }
    }
    return absl::OkStatus();
  }

  std::vector<Position> Positions() const {
    std::vector<Position> positions;
    for (const File& file : files_) {
      if (file.list->kind != v1::IMPORT_SCHOOLS) continue;
      for (const csv::Record& record : file.table.records) {
        ImportRow scratch;
        positions.push_back(PositionIn(Row(file.table, record, &scratch)));
      }
    }
    return positions;
  }

  void AddTasks(const File& file, bool later) {
    for (size_t i = 0; i < file.table.records.size(); ++i) {
      ImportRow scratch;
      const Row row(file.table, file.table.records[i], &scratch);
      if ((file.list->later != nullptr && file.list->later(row)) == later) {
        tasks_.push_back({&file, i, file.first_row + static_cast<int>(i)});
      }
    }
  }

  // An attempt begins with an empty report: the whole closure runs again after a conflict.
  void Reset() {
    response_.Clear();
    context_.supervisors.clear();
    context_.names.clear();
    context_.towns.clear();
    for (const File& file : files_) {
      for (const csv::Record& record : file.table.records) {
        ImportRow* row = response_.add_rows();
        row->set_file(file.name);
        row->set_line(record.line);
      }
    }
  }

  absl::Status Begin(work::Unit& unit) {
    if (request_.has_valid_from()) {
      context_.default_from = resource::FromProto(request_.valid_from());
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(context_.default_from, unit.Today(context_.office));
    return absl::OkStatus();
  }

  absl::Status RunTask(work::Unit& unit, const Task& task) {
    Row row(task.file->table, task.file->table.records[task.record], response_.mutable_rows(task.report));
    RETURN_IF_ERROR(task.file->list->import(unit, context_, row));
    return absl::OkStatus();
  }

  absl::Status CheckDuties(work::Unit& unit) {
    if (!context_.with_inspectors) return absl::OkStatus();
    for (const Task& task : tasks_) {
      if (task.file->list->kind != v1::IMPORT_AREAS) continue;
      Row row(task.file->table, task.file->table.records[task.record], response_.mutable_rows(task.report));
      if (row.ok()) RETURN_IF_ERROR(CheckAreaDuties(unit, context_, row));
    }
    return absl::OkStatus();
  }

  bool AnyRejected() const {
    return std::any_of(response_.rows().begin(), response_.rows().end(),
                       [](const ImportRow& row) { return row.defects_size() > 0; });
  }

  absl::Status Advance(int64_t done) {
    const auto total = static_cast<int64_t>(tasks_.size());
    return progress_(done, total) ? absl::OkStatus() : Error(ErrorReason::CALL_CANCELLED);
  }

  // All rows in one transaction; it is rolled back when one is rejected, and in a dry run.
  absl::Status RunAtOnce() {
    bool rolled_back = false;
    absl::Status status = writer_.RunInternal(budget_, actor_, [&](work::Unit& unit) -> absl::Status {
      rolled_back = false;
      Reset();
      RETURN_IF_ERROR(Begin(unit));
      for (size_t i = 0; i < tasks_.size(); ++i) {
        RETURN_IF_ERROR(RunTask(unit, tasks_[i]));
        RETURN_IF_ERROR(Advance(static_cast<int64_t>(i) + 1));
      }
      RETURN_IF_ERROR(CheckDuties(unit));
      response_.set_rejected(AnyRejected() && request_.mode() != v1::ROW_BY_ROW);
      response_.set_dry_run(request_.dry_run());
      rolled_back = response_.rejected() || response_.dry_run();
      return rolled_back ? absl::CancelledError("rolled back") : absl::OkStatus();
    });
    return rolled_back ? absl::OkStatus() : status;
  }

  // Each row in its own transaction; a rejected one leaves nothing behind.
  absl::Status RunRowByRow() {
    Reset();
    for (size_t i = 0; i < tasks_.size(); ++i) {
      bool rejected = false;
      absl::Status status = writer_.RunInternal(budget_, actor_, [&](work::Unit& unit) -> absl::Status {
        RETURN_IF_ERROR(Begin(unit));
        ImportRow* report = response_.mutable_rows(tasks_[i].report);
        report->clear_defects();
        report->clear_remarks();
        report->clear_resource();
        report->clear_outcome();
        RETURN_IF_ERROR(RunTask(unit, tasks_[i]));
        rejected = report->defects_size() > 0;
        return rejected ? absl::CancelledError("rejected") : absl::OkStatus();
      });
      if (!rejected) RETURN_IF_ERROR(status);
      RETURN_IF_ERROR(Advance(static_cast<int64_t>(i) + 1));
    }
    return absl::OkStatus();
  }

  void Count() {
    const bool written = !response_.rejected() && !response_.dry_run();
    response_.set_total_rows(response_.rows_size());
    for (ImportRow& row : *response_.mutable_rows()) {
      if (row.defects_size() > 0) row.set_outcome(ImportRow::REJECTED);
      switch (row.outcome()) {
        case ImportRow::CREATED:
          response_.set_created(response_.created() + 1);
          break;
        case ImportRow::UPDATED:
          response_.set_updated(response_.updated() + 1);
          break;
        case ImportRow::UNCHANGED:
          response_.set_unchanged(response_.unchanged() + 1);
          break;
        default:
          response_.set_rejected_rows(response_.rejected_rows() + 1);
      }
      if (row.remarks_size() > 0) response_.set_remarked_rows(response_.remarked_rows() + 1);
      // The name of what was not written after all stands for nothing.
      const bool fiction = row.outcome() == ImportRow::CREATED && !written;
      if (fiction || row.outcome() == ImportRow::REJECTED) row.clear_resource();
    }
  }

  work::Writer& writer_;
  const db::Budget& budget_;
  const work::Actor& actor_;
  const ImportRosterRequest& request_;
  const ImportProgress& progress_;
  ImportContext context_;
  std::vector<File> files_;
  std::vector<Task> tasks_;
  int rows_ = 0;
  ImportRosterResponse response_;
};

}  // namespace

absl::StatusOr<ImportRosterResponse> ImportRoster(work::Writer& writer, const db::Budget& budget,
                                                  const work::Actor& actor,
                                                  const ImportRosterRequest& request,
                                                  const ImportProgress& progress) {
  return Import(writer, budget, actor, request, progress).Run();
}

}  // namespace inspectorate::registry
