//! Use case: another password for the key.

use crate::error::JourneyError;
use crate::gate::{permit_next_password_change, permit_password_change};
use crate::guide::{Guide, Progress, Stage};
use crate::journey::{KeyPurpose, KeyUse};
use crate::ports::{Clock, Journal, KeySecret, KeyStore, KeyStoreError, Portal};
use crate::secret::Password;

impl<K: KeyStore, P: Portal, J: Journal, C: Clock> Guide<K, P, J, C> {
    /// Has the journey's key opened by `new` from now on, and by `old` no more. Uses the key for nothing, and asks nobody:
    /// whoever fears for the password can change it in every state that has a key. Wrong old passwords count as all
    /// others do, and every try is written into the log.
    ///
    /// # Errors
    /// [`JourneyError::Password`] where `new` would not protect the key, [`JourneyError::PasswordWait`], and as the key
    /// store fails; one of the two passwords opens the key then.
    pub async fn change_password(
        &self,
        old: &Password,
        new: &Password,
        progress: &Progress<'_>,
    ) -> Result<(), JourneyError> {
        let journey = self.under_way_here().await?;
        let permit = permit_password_change(&journey.step)?;
        let key = journey.step.key().ok_or(JourneyError::WrongStep)?;
        self.at_its_place(key)?;
        match self.key_store.secret_kind() {
            KeySecret::Password => {}
            KeySecret::Pin => return Err(KeyStoreError::PinOfToken.into()),
        }
        let subject = journey.step.subject();
        new.judge(&[&subject.common_name, &subject.email, &subject.organisation])?;
        progress(Stage::UnlockingKey);
        self.may_try(permit.key()).await?;
        let key_use = KeyUse {
            key: permit.key(),
            purpose: KeyPurpose::PasswordChange,
            at: self.now(),
            portal: journey.portal,
            document: None,
            program_version: self.settings.app_version.clone(),
            refused: None,
        };
        // The next certificate's key first: stopped between the two, the renewal goes on with the new password, or is
        // begun anew.
        if let Some(next) = permit_next_password_change(&journey.step) {
            match self.key_store.change_password(&next, old, new).await {
                Ok(()) => {}
                // Whether the old password is right, the key in use decides; a change that was stopped between the two
                // is completed by that.
                Err(KeyStoreError::Missing | KeyStoreError::WrongPassword | KeyStoreError::Damaged(_)) => {}
                Err(error) => return Err(self.refused(key_use, error.into()).await),
            }
        }
        match self.key_store.change_password(&permit, old, new).await {
            Ok(()) => {
                self.close_key();
                self.record_key_uses(vec![key_use]).await
            }
            Err(error) => Err(self.refused(key_use, error.into()).await),
        }
    }
}
