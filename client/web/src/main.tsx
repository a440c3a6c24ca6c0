import { StrictMode, Suspense } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/App';
import { Router } from './app/route';
import { Splash } from './pages/Splash';
import { strings } from './strings';
import './styles/index.css';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');

createRoot(root).render(
  <StrictMode>
    <Suspense fallback={<Splash text={strings.pages.loading} />}>
      <App router={new Router()} />
    </Suspense>
  </StrictMode>,
);
