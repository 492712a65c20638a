//! What was done with the certificate at the portal, as the command line prints it.

use crate::report::{Lines, Output, instant, pick};
use lifecycle::ports::{Activity, ActivityDevice, ActivityKind};
use lifecycle::{JudgedActivity, Judgement, Language};
use serde::Serialize;

/// An activity; field names stay.
#[derive(Serialize)]
pub(crate) struct ActivityOutput<'a> {
    #[serde(flatten)]
    activity: &'a Activity,
    judgement: Judgement,
}

/// `activities --json`; field names stay.
#[derive(Serialize)]
struct ActivitiesOutput<'a> {
    activities: Vec<ActivityOutput<'a>>,
    /// How many of them this computer knows nothing of.
    suspicious: usize,
}

impl<'a> ActivityOutput<'a> {
    pub(crate) fn of(judged: &'a JudgedActivity) -> Self {
        Self { activity: &judged.activity, judgement: judged.judgement }
    }
}

/// How many activities this computer knows nothing of.
pub(crate) fn suspicious(activities: &[JudgedActivity]) -> usize {
    activities.iter().filter(|judged| judged.judgement == Judgement::Suspicious).count()
}

/// All activities, newest first.
pub(crate) fn output(activities: &[JudgedActivity], language: Language) -> Output {
    let report = ActivitiesOutput {
        activities: activities.iter().map(ActivityOutput::of).collect(),
        suspicious: suspicious(activities),
    };
    let mut lines = Lines::new(language);
    if report.activities.is_empty() {
        lines.plain(pick(
            language,
            "Portalen har ikke fortalt om brug af certifikatet.",
            "The portal has told of no use of the certificate.",
        ));
    }
    for activity in &report.activities {
        activity_line(activity, &mut lines);
    }
    if report.suspicious > 0 {
        lines.plain(pick(
            language,
            "Var det ikke dig, så suspendér certifikatet: certifikat suspend",
            "If that was not you, suspend the certificate: certifikat suspend",
        ));
        lines.plain(pick(
            language,
            "Var det dig på en anden computer: certifikat activities --acknowledge ID",
            "If it was you on another computer: certifikat activities --acknowledge ID",
        ));
    }
    Output::new(lines.text, &report)
}

/// One activity, with its id.
pub(crate) fn activity_line(output: &ActivityOutput<'_>, lines: &mut Lines) {
    let language = lines.language();
    let activity = output.activity;
    let (danish, english) = kind_name(activity.kind);
    let device = match &activity.device {
        ActivityDevice::Registered(name) => format!("{} {name}", pick(language, "computeren", "the computer")),
        ActivityDevice::Unregistered => {
            pick(language, "en computer, der ikke er registreret", "a computer that is not registered").to_owned()
        }
    };
    let what = format!(
        "{} {} {} {device}",
        instant(activity.at),
        pick(language, danish, english),
        pick(language, "fra", "from"),
    );
    // Where from is known only of what the portal has told.
    let parts = [&*what, &*activity.address, &*activity.agent].into_iter().filter(|part| !part.is_empty());
    let value = format!("{} [{}]", parts.collect::<Vec<_>>().join(", "), activity.id);
    let (danish, english) = judgement_name(output.judgement);
    lines.pair(danish, english, &value);
}

fn kind_name(kind: ActivityKind) -> (&'static str, &'static str) {
    match kind {
        ActivityKind::LogIn => ("log-in", "log-in"),
        ActivityKind::Declaration => ("aflevering af en erklæring", "delivery of a declaration"),
        ActivityKind::DeviceRegistration => ("registrering af en computer", "registration of a computer"),
        ActivityKind::Renewal => ("anmodning om det næste certifikat", "request for the next certificate"),
        ActivityKind::Revocation => ("anmodning om spærring", "request for revocation"),
    }
}

fn judgement_name(judgement: Judgement) -> (&'static str, &'static str) {
    match judgement {
        Judgement::Ours => ("Fra denne computer", "From this computer"),
        Judgement::Before => ("Før nøglen kom hertil", "Before the key came here"),
        Judgement::Suspicious => ("UKENDT PÅ DENNE COMPUTER", "UNKNOWN ON THIS COMPUTER"),
        Judgement::Acknowledged => ("Kendt af dig", "Known to you"),
    }
}
