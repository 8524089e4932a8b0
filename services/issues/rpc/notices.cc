#include "services/issues/app/notices.h"

#include "inspectorate/issues/v1/notice.pb.h"
#include "services/issues/rpc/methods.h"

namespace inspectorate::issues {
namespace {

constexpr char kService[] = "inspectorate.issues.v1.Notices";

}  // namespace

void RegisterNotices(rpc::Methods& methods, const resource::Platform& platform) {
  const std::string prefix = std::string(kService) + ".";
  resource::RegisterStandard(methods, platform, kService, v1::Notice::descriptor());
  resource::RegisterWrite<v1::IssueNoticeRequest, v1::Notice>(methods, platform, prefix + "IssueNotice",
                                                              IssueNotice);
  resource::RegisterWrite<v1::ConfirmReceiptRequest, v1::Notice>(methods, platform, prefix + "ConfirmReceipt",
                                                                 ConfirmReceipt);
  resource::RegisterWrite<v1::DeemServedRequest, v1::Notice>(methods, platform, prefix + "DeemServed",
                                                             DeemServed);
}

}  // namespace inspectorate::issues
