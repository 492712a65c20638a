import 'dkfds-dist/css/dkfds.min.css';
import './theme.css';
import './window.css';
import './print.css';
