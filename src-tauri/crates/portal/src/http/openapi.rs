//! The description of the API (OpenAPI), generated from the handlers.

use super::{certificates, declarations, directory, est, invitations, lra, service, status, time_stamps};
use crate::rate_limit::is_limited;
use portal_api::PROBLEM_MEDIA_TYPE;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{Content, Ref, ResponseBuilder};
use utoipa::{Modify, OpenApi};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Certifikatguide: portal",
        description = "Enrolment, declarations and status of employee certificates. Problems follow RFC 9457."
    ),
    paths(
        est::ca_certificates,
        est::request_attributes,
        est::simple_enroll,
        est::simple_reenroll,
        service::capabilities,
        service::terms,
        invitations::invitation,
        invitations::practise,
        certificates::register_device,
        certificates::suspend,
        certificates::suspend_with_code,
        certificates::revoke,
        certificates::revoke_with_code,
        certificates::log_in,
        certificates::me,
        lra::certificate,
        lra::suspend,
        lra::reinstate,
        lra::revoke,
        declarations::submit,
        declarations::receipt,
        directory::search,
        directory::me,
        status::ocsp_post,
        status::ocsp_get,
        status::issuing_revocation_list,
        status::issuing_delta_list,
        status::root_revocation_list,
        status::issuing_certificate,
        status::root_certificate,
        time_stamps::query,
        service::alive,
        service::ready,
        service::openapi_document,
    ),
    components(schemas(portal_api::Problem, portal_api::ProblemKind)),
    modifiers(&Callers, &Limits)
)]
struct Description;

/// What the limits answer, on the routes that they are on.
struct Limits;

impl Modify for Limits {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        for (path, item) in &mut openapi.paths.paths {
            if is_limited(path) {
                let operations = [&mut item.get, &mut item.put, &mut item.post].into_iter().flatten();
                for operation in operations {
                    let content = Content::new(Some(Ref::from_schema_name("Problem")));
                    let response =
                        ResponseBuilder::new().description("too-many-requests").content(PROBLEM_MEDIA_TYPE, content);
                    operation.responses.responses.insert("429".to_owned(), response.build().into());
                }
            }
        }
    }
}

struct Callers;

impl Modify for Callers {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let http = |scheme, description: &str| {
            let mut http = Http::new(scheme);
            http.description = Some(description.to_owned());
            SecurityScheme::Http(http)
        };
        let components = openapi.components.get_or_insert_default();
        components
            .add_security_scheme("invitation", http(HttpAuthScheme::Basic, "Reference number and one-time code."));
        components.add_security_scheme(
            "revocation-code",
            http(HttpAuthScheme::Basic, "Reference number and revocation code."),
        );
        components.add_security_scheme("device", http(HttpAuthScheme::Bearer, "The device token."));
        let mutual_tls = |description: &str| SecurityScheme::MutualTls {
            description: Some(description.to_owned()),
            deprecated: None,
            extensions: None,
        };
        components.add_security_scheme("certificate", mutual_tls("The employee certificate."));
        components.add_security_scheme("authority", mutual_tls("A local registration authority's certificate."));
    }
}

/// The description of the API as a value.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    Description::openapi()
}

/// The description of the API as the JSON that is checked in: indented, with a line feed at the end.
///
/// # Errors
/// Where a value of the description is not one of JSON's, which would be a mistake in this crate.
pub fn openapi_json() -> Result<String, serde_json::Error> {
    Ok(serde_json::to_string_pretty(&openapi())? + "\n")
}
