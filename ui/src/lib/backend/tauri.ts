// The only file that knows Tauri.

import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import type { ProbeBegunView } from '../bindings/ProbeBegunView';
import type { StageView } from '../bindings/StageView';
import type { Backend } from './backend';

/** The program behind the window. */
export const tauriBackend: Backend = {
  readGuide: () => invoke('read_guide'),
  offerPracticeInvitation: () => invoke('offer_practice_invitation'),
  openInvitation: (request) => invoke('open_invitation', { request }),
  decideOnEarlier: (request) => invoke('decide_on_earlier', { request }),
  judgePassword: (request) => invoke('judge_password', { request }),
  enrol: (request) => invoke('enrol', { request }),
  confirmRevocationCode: () => invoke('confirm_revocation_code'),
  reviewDetails: (request) => invoke('review_details', { request }),
  readTerms: () => invoke('read_terms'),
  signDeclaration: (request) => invoke('sign_declaration', { request }),
  deliverDeclaration: (request) => invoke('deliver_declaration', { request }),
  suspendCertificate: () => invoke('suspend_certificate'),
  revokeCertificate: (request) => invoke('revoke_certificate', { request }),
  actByCode: (request) => invoke('act_by_code', { request }),
  readBack: () => invoke('read_back'),
  tellPortal: () => invoke('tell_portal'),
  refreshState: () => invoke('refresh_state'),
  renewCertificate: (request) => invoke('renew_certificate', { request }),
  renewRevocationCode: (request) => invoke('renew_revocation_code', { request }),
  snoozeReminder: () => invoke('snooze_reminder'),
  changePassword: (request) => invoke('change_password', { request }),
  exportCertificate: (request) => invoke('export_certificate', { request }),
  chooseContainer: () => invoke('choose_container'),
  readContainer: (request) => invoke('read_container', { request }),
  importCertificate: (request) => invoke('import_certificate', { request }),
  deleteContainer: () => invoke('delete_container'),
  forgetContainer: () => invoke('forget_container'),
  readActivities: () => invoke('read_activities'),
  acknowledgeActivity: (request) => invoke('acknowledge_activity', { request }),
  readCertificate: () => invoke('read_certificate'),
  readUseLog: () => invoke('read_use_log'),
  saveUseLog: () => invoke('save_use_log'),
  readArchive: () => invoke('read_archive'),
  saveEvidence: (request) => invoke('save_evidence', { request }),
  inspectFile: (request) => invoke('inspect_file', { request }),
  diagnose: () => invoke('diagnose'),
  startOver: () => invoke('start_over'),
  openDocument: (request) => invoke('open_document', { request }),
  saveDocument: (request) => invoke('save_document', { request }),
  chooseLanguage: (request) => invoke('choose_language', { request }),
  // What Tauri puts in the place of `window.print`, but with its failure in our hands.
  printPage: () => invoke('plugin:webview|print'),
  listenToProgress: async (listener) => {
    await listen<StageView>('progress', (event) => {
      listener(event.payload);
    });
  },
  listenToChanges: async (listener) => {
    await listen('guide-changed', listener);
  },
  listenToProbes: async (listener) => {
    await listen<ProbeBegunView>('probe', (event) => {
      listener(event.payload);
    });
  },
};
