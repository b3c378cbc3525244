"""Who we are at Exact, and where we may work: `current/Me`, `system/…`, `users/…`."""

from connections.exact.endpoints.endpoint import CHANGED, Endpoint, typed

_ADMINISTRATION = "organization.administration"

ME = Endpoint(
    "Me",
    "current/Me",
    typed(
        "UserID:guid UserName FullName Email LanguageCode CurrentDivision:int DivisionCustomer:guid"
        " DivisionCustomerCode:code DivisionCustomerName IsClientUser:bool IsEmployeeSelfServiceUser:bool"
        " IsMyFirmLiteUser:bool IsMyFirmPortalUser:bool IsStarterUser:bool PackageCode"
    ),
    scope=None,
    page="SystemSystemMe",
    key="UserID",
)
_DIVISION_FIELDS = typed(
    "Code:int Hid:int Description Customer:guid CustomerCode:code CustomerName ChamberOfCommerceNumber"
    " VATNumber SiretNumber Country:code Currency:code Legislation Status:int BlockingStatus:int"
    " ArchiveDate:datetime StartDate:datetime DivisionMoveDate:datetime DivisionHRLinkUnlinkDate:datetime"
    " IsMainDivision:bool"
    " IsDossierDivision:bool IsPracticeDivision:bool Current:bool " + CHANGED
)
DIVISIONS = Endpoint(
    "Divisions",
    "{division}/system/Divisions",
    _DIVISION_FIELDS,
    scope=_ADMINISTRATION,
    page="SystemSystemDivisions",
    key="Code",
)
ALL_DIVISIONS = Endpoint(
    "AllDivisions",
    "{division}/system/AllDivisions",
    _DIVISION_FIELDS,
    scope=_ADMINISTRATION,
    page="SystemSystemAllDivisions",
    key="Code",
)
RECENT_DIVISIONS = Endpoint(
    "RecentDivisions",
    "{division}/system/GetMostRecentlyUsedDivisions",
    _DIVISION_FIELDS,
    scope=_ADMINISTRATION,
    page="SystemSystemGetMostRecentlyUsedDivisions",
    key="Code",
)
CUSTOMER_DIVISIONS = Endpoint(
    "CustomerDivisions",
    "{division}/hrm/Divisions",
    typed(
        "Code:int Description Customer:guid CustomerCode:code CustomerName VATNumber Status:int BlockingStatus:int"
        " ArchiveDate:datetime"
    ),  # the customer's own only, and no KVK number among them
    scope=_ADMINISTRATION,
    page="HRMDivisions",
    key="Code",
)
AVAILABLE_FEATURES = Endpoint(
    "AvailableFeatures",
    "{division}/system/AvailableFeatures",
    typed("ID:int Description"),
    scope=_ADMINISTRATION,
    page="SystemSystemAvailableFeatures",
)
USERS = Endpoint(
    "Users",
    "{division}/users/Users",
    typed(
        "UserID:guid UserName FullName Email StartDivision:int StartDate:datetime EndDate:datetime"
        " LastLogin:datetime HasTwoStepVerification:bool"
    ),
    scope=_ADMINISTRATION,
    page="UsersUsers",
    key="UserID",
    confidence="M",
)
_ROLE_FIELDS = "ID:guid UserID:guid Role:int RoleLevel:int Description StartDate:datetime EndDate:datetime"
USER_ROLES = Endpoint(
    "UserRoles",
    "{division}/users/UserRoles",
    typed(_ROLE_FIELDS),
    scope=_ADMINISTRATION,
    page="UsersUserRoles",
)
USER_ROLES_PER_DIVISION = Endpoint(
    "UserRolesPerDivision",
    "{division}/users/UserRolesPerDivision",
    typed(_ROLE_FIELDS + " Division:int"),
    scope=_ADMINISTRATION,
    page="UsersUserRolesPerDivision",
)
USER_HAS_RIGHTS = Endpoint(
    "UserHasRights",
    "{division}/users/UserHasRights",
    typed("UserHasRights:bool"),
    scope=_ADMINISTRATION,
    page="UsersUserHasRights",
    key="UserHasRights",
)
