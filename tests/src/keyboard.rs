//! The window without a mouse: Tab, Enter, Space and typing, and at each stop a look at whether one sees where one is.

use crate::window_driver::{Window, WindowError};
use fantoccini::key::Key;

/// Goes through the window with the keyboard, and sees at each stop where it is.
pub struct Keyboard<'a> {
    window: &'a Window,
    stops: usize,
}

impl<'a> Keyboard<'a> {
    /// The keyboard of this window.
    #[must_use]
    pub fn of(window: &'a Window) -> Self {
        Self { window, stops: 0 }
    }

    /// At how many stops the focus was seen.
    #[must_use]
    pub fn stops(&self) -> usize {
        self.stops
    }

    /// Tabs forward to the element.
    ///
    /// # Errors
    /// [`WindowError::NotSeen`].
    pub async fn go_to(&mut self, test_id: &str) -> Result<(), WindowError> {
        for _ in 0..120 {
            if self.window.focus().await?.as_deref() == Some(test_id) {
                return Ok(());
            }
            self.window.press(Key::Tab).await?;
            self.see_where_it_is().await?;
        }
        Err(WindowError::NotSeen { what: format!("the focus at {test_id}"), shown: self.window.all_text().await? })
    }

    /// What has the focus has a ring around it, and is in the view. Boxes and dots are drawn by their label.
    ///
    /// # Errors
    /// [`WindowError::NotSeen`].
    pub async fn see_where_it_is(&mut self) -> Result<(), WindowError> {
        // A ring may take a moment to be drawn.
        let look = "const done = arguments[0]; const began = performance.now(); \
            const look = () => { \
              const focused = document.activeElement; \
              if (!focused || focused === document.body) return 'nothing has the focus'; \
              const drawn = focused.matches('[type=checkbox], [type=radio]') ? focused.labels[0] : focused; \
              const { outlineStyle, outlineWidth } = getComputedStyle(drawn, drawn === focused ? null : '::before'); \
              const { top, bottom, left, right } = drawn.getBoundingClientRect(); \
              const inView = bottom > 0 && top < innerHeight && right > 0 && left < innerWidth; \
              return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 && inView ? '' : \
                `${focused.outerHTML.slice(0, 200)} ${outlineStyle} ${outlineWidth} in view: ${inView}`; \
            }; \
            const again = () => { \
              const wrong = look(); \
              if (wrong === '' || performance.now() - began > 2000) done(wrong); else setTimeout(again, 20); \
            }; \
            again();";
        let wrong = self.window.execute_async(look).await?;
        if wrong != "" {
            return Err(WindowError::NotSeen { what: "the focus".to_owned(), shown: wrong.to_string() });
        }
        self.stops += 1;
        Ok(())
    }

    /// Goes to the button and presses it.
    ///
    /// # Errors
    /// [`WindowError::NotSeen`].
    pub async fn press(&mut self, test_id: &str) -> Result<(), WindowError> {
        self.go_to(test_id).await?;
        self.window.press(Key::Enter).await
    }

    /// Goes to the box or the dot, and marks it.
    ///
    /// # Errors
    /// [`WindowError::NotSeen`].
    pub async fn choose(&mut self, test_id: &str) -> Result<(), WindowError> {
        self.go_to(test_id).await?;
        self.window.type_with_focus(" ").await
    }

    /// Goes to the field and types into it.
    ///
    /// # Errors
    /// [`WindowError::NotSeen`].
    pub async fn write(&mut self, test_id: &str, text: &str) -> Result<(), WindowError> {
        self.go_to(test_id).await?;
        self.window.type_with_focus(text).await
    }

    /// The new screen, with the focus on its heading, and seen to be there.
    ///
    /// # Errors
    /// [`WindowError::NotSeen`].
    pub async fn see(&mut self, screen: &str) -> Result<(), WindowError> {
        self.window.see(&format!("screen-{screen}")).await?;
        let heading = format!("[data-testid='screen-{screen}'] h1:focus");
        self.window.see_css(&heading).await?;
        self.see_where_it_is().await
    }
}
